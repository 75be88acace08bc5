import type { Route } from '../router.ts';
import { blockRoutes } from './blocks.ts';
import { dataSourceRoutes } from './data-sources.ts';
import { databaseRoutes } from './databases.ts';
import { markdownRoutes } from './markdown.ts';
import { pageRoutes } from './pages.ts';
import { searchRoutes } from './search.ts';
import type { Backend } from './shared.ts';
import { userRoutes } from './users.ts';

/** Every route of Notion's API that the emulator answers. */
export const apiRoutes = (backend: Backend, newId: () => string): Route[] => [
  ...userRoutes(backend),
  ...databaseRoutes(backend, newId),
  ...dataSourceRoutes(backend),
  ...pageRoutes(backend, newId),
  ...markdownRoutes(backend, newId),
  ...blockRoutes(backend, newId),
  ...searchRoutes(backend),
];
