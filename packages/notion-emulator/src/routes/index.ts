import type { Route } from '../router.ts';
import { blockRoutes } from './blocks.ts';
import { commentRoutes } from './comments.ts';
import { dataSourceRoutes } from './data-sources.ts';
import { databaseRoutes } from './databases.ts';
import { fileUploadRoutes } from './file-uploads.ts';
import { markdownRoutes } from './markdown.ts';
import { otherRoutes } from './other.ts';
import { pageRoutes } from './pages.ts';
import { searchRoutes } from './search.ts';
import type { Backend } from './shared.ts';
import { userRoutes } from './users.ts';
import { viewRoutes } from './views.ts';

/** Every route of Notion's API that the emulator answers. */
export const apiRoutes = (backend: Backend): Route[] =>
  [
    userRoutes,
    databaseRoutes,
    dataSourceRoutes,
    pageRoutes,
    markdownRoutes,
    blockRoutes,
    searchRoutes,
    commentRoutes,
    viewRoutes,
    fileUploadRoutes,
    otherRoutes,
  ].flatMap((routesOf) => routesOf(backend));
