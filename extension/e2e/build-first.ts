import { prepareFirefox } from '../launch/browsers.mjs';
import { ALL, build } from '../launch/build.mjs';

/** Before suites with browsers: what they load is built from what is here now, and what starts many times is prepared. */
export default async () => {
  await build(ALL);
  await prepareFirefox();
};
