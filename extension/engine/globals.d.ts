/** True only in the builds that kill tests run; a build constant. */
declare const __ASIDE_STEP_HOOKS__: boolean;
/** Where first run proposes to go, or empty; a build constant. */
declare const __ASIDE_DEFAULT_SERVER__: string;
