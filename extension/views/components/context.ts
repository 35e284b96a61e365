import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { App } from '../models/app.ts';

const AppContext = createContext<App | undefined>(undefined);

export const AppProvider = AppContext.Provider;

/** The view's models, for any component below the root. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error('a component stands outside of the view');
  return app;
}
