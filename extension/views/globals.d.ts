/** Of the extension; a build constant. */
declare const __ASIDE_VERSION__: string;
declare module '*.css';
