import { ALL, build } from '../launch/build.mjs';

/** Before suites with browsers: what they load is built from what is here now. */
export default () => build(ALL);
