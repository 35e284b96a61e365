import type { TestProject } from 'vitest/node';
import { serveGallery } from './serve.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the gallery is served while the tests run. */
    galleryOrigin: string;
  }
}

/** Before the views' suites: the gallery, built and served once for all of them. It never changes; each has a browser. */
export default async (project: TestProject) => {
  const gallery = await serveGallery();
  project.provide('galleryOrigin', gallery.origin);
  return gallery.close;
};
