import type { CommentObjectResponse, ListCommentsResponse } from '@notionhq/client';
import { inTrash, invalid, notFound, notSupported } from '../api-error.ts';
import { choice, object, refuse, uuid } from '../expect.ts';
import { toMinute } from '../ids.ts';
import type { Comment, Integration } from '../model.ts';
import { paginated } from '../pagination.ts';
import { placeOf } from '../places.ts';
import { acceptRichText, renderRichText } from '../rich-text.ts';
import type { ApiRequest, Route } from '../router.ts';
import { mentionablesOf, pageInTrash } from '../visibility.ts';
import { type Backend, idIn, rulesFor } from './shared.ts';

const KEYS = ['parent', 'discussion_id', 'rich_text', 'markdown', 'attachments', 'display_name'];

export const commentRoutes = (backend: Backend): Route[] => [
  {
    kind: 'comments',
    method: 'POST',
    path: 'comments',
    needs: 'insert',
    writes: true,
    handle: (request) => create(backend, request),
  },
  {
    kind: 'comments',
    method: 'GET',
    path: 'comments',
    needs: 'read',
    queryKeys: ['block_id', 'start_cursor', 'page_size'],
    handle: (request) => list(backend, request),
  },
  {
    kind: 'comments',
    method: 'GET',
    path: 'comments/:comment_id',
    needs: 'read',
    handle: (request) => render(backend, commentIn(backend, request), request.integration),
  },
  {
    kind: 'comments',
    method: 'PATCH',
    path: 'comments/:comment_id',
    needs: 'update',
    writes: true,
    handle: (request) => {
      const comment = commentIn(backend, request);
      const body = object(request.body, 'body', ['rich_text', 'markdown']);
      const runs = acceptText(backend, body, request.integration);
      return keep(backend, { ...comment, runs, editedAt: backend.store.clock.now() }, request.integration);
    },
  },
  {
    kind: 'comments',
    method: 'DELETE',
    path: 'comments/:comment_id',
    needs: 'update',
    writes: true,
    handle: (request) => keep(backend, { ...commentIn(backend, request), deleted: true }, request.integration),
  },
];

function create(backend: Backend, request: ApiRequest): CommentObjectResponse {
  const { store, newId } = backend;
  const { integration } = request;
  const body = object(request.body, 'body', KEYS);
  if (body.attachments !== undefined) throw notSupported('comments with attachments');
  if (body.display_name !== undefined) throw notSupported("a comment's display_name");
  if ((body.parent === undefined) === (body.discussion_id === undefined)) {
    throw invalid('body failed validation: body.parent or body.discussion_id should be defined, and not both.');
  }
  const place =
    body.parent === undefined ? ofDiscussion(backend, body.discussion_id, integration) : inParent(backend, request);
  const now = store.clock.now();
  const comment: Comment = {
    ...place,
    id: newId(),
    runs: acceptText(backend, body, integration),
    createdAt: now,
    editedAt: now,
    createdBy: integration.botId,
    deleted: false,
  };
  return keep(backend, comment, integration);
}

function acceptText(backend: Backend, body: Readonly<Record<string, unknown>>, integration: Integration) {
  if (body.markdown !== undefined) throw notSupported('a comment as Markdown');
  return acceptRichText(body.rich_text, 'body.rich_text', rulesFor(backend, integration));
}

function inParent(
  { store, newId }: Backend,
  { body, integration }: ApiRequest,
): Pick<Comment, 'parent' | 'discussionId'> {
  const given = object(body.parent, 'body.parent', ['type', 'page_id', 'block_id']);
  const type = given.page_id === undefined ? 'block_id' : 'page_id';
  if (given.type !== undefined) choice(given.type, 'body.parent.type', [type]);
  const id = uuid(given[type], `body.parent.${type}`);
  const { page, block, deleted } = placeOf(store, id, integration);
  if (type === 'page_id' && block) throw notFound('page', id);
  if (deleted || pageInTrash(store, page)) throw inTrash();
  return { parent: { type, id }, discussionId: newId() };
}

function ofDiscussion(
  { store }: Backend,
  value: unknown,
  viewer: Integration,
): Pick<Comment, 'parent' | 'discussionId'> {
  const id = uuid(value, 'body.discussion_id');
  const first = [...store.comments.values()].find((comment) => comment.discussionId === id);
  if (!first) throw notFound('comment', id);
  const { page, deleted } = placeOf(store, first.parent.id, viewer);
  if (deleted || pageInTrash(store, page)) throw inTrash();
  return { parent: first.parent, discussionId: id };
}

function list(backend: Backend, request: ApiRequest): ListCommentsResponse {
  const { store } = backend;
  const { query, integration } = request;
  const given = query.get('block_id');
  if (given === null) throw refuse('query.block_id', 'defined', undefined);
  const id = uuid(given, 'query.block_id');
  placeOf(store, id, integration);
  const all = [...store.comments.values()].filter(({ parent, deleted }) => parent.id === id && !deleted);
  const { results, ...more } = paginated(all, query, ['comments', id], backend.settings());
  const shown = results.map((comment) => render(backend, comment, integration));
  return { object: 'list', results: shown, ...more, type: 'comment', comment: {} };
}

function commentIn({ store }: Backend, request: ApiRequest): Comment {
  const id = idIn(request, 'comment_id');
  const comment = store.comments.get(id);
  if (!comment || comment.deleted) throw notFound('comment', id);
  placeOf(store, comment.parent.id, request.integration);
  return comment;
}

function keep(backend: Backend, comment: Comment, integration: Integration): CommentObjectResponse {
  backend.store.commit({ table: 'comment', row: comment });
  return render(backend, comment, integration);
}

function render({ store }: Backend, comment: Comment, viewer: Integration): CommentObjectResponse {
  const { parent } = comment;
  return {
    object: 'comment',
    id: comment.id,
    parent:
      parent.type === 'page_id' ? { type: 'page_id', page_id: parent.id } : { type: 'block_id', block_id: parent.id },
    discussion_id: comment.discussionId,
    created_time: toMinute(comment.createdAt),
    last_edited_time: toMinute(comment.editedAt),
    created_by: { object: 'user', id: comment.createdBy },
    rich_text: renderRichText(comment.runs, mentionablesOf(store, viewer)),
    display_name: { type: 'integration', resolved_name: store.users.get(comment.createdBy)?.name ?? null },
  };
}
