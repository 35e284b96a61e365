import { buildModule } from '../build.mjs';

/** Before any test: the module that they load is the one that is pinned now. */
export default async () => {
  await buildModule();
};
