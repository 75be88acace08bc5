import { NotionError } from '../api-error.ts';
import type { Route } from '../router.ts';
import type { Backend } from './shared.ts';

export const otherRoutes = ({ tasks }: Backend): Route[] => [
  {
    kind: 'async_task',
    method: 'GET',
    path: 'async_tasks/:task_id',
    needs: 'read',
    handle: ({ params: { task_id: id = '' } }) => {
      const task = tasks.find(id);
      if (!task) throw new NotionError(404, 'object_not_found', `Could not find async task with ID: ${id}.`);
      return task;
    },
  },
  {
    kind: 'custom_emojis',
    method: 'GET',
    path: 'custom_emojis',
    needs: 'read',
    queryKeys: ['name', 'start_cursor', 'page_size'],
    handle: () => ({ object: 'list', type: 'custom_emoji', results: [], has_more: false, next_cursor: null }),
  },
];
