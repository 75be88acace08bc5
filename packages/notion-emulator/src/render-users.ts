import type { UserObjectResponse } from '@notionhq/client';
import type { User } from './model.ts';
import type { Store } from './store.ts';

export function renderUser(user: User): UserObjectResponse {
  const common = { object: 'user', id: user.id, name: user.name, avatar_url: null } as const;
  if (user.kind === 'person') return { ...common, type: 'person', person: user.email ? { email: user.email } : {} };
  return {
    ...common,
    type: 'bot',
    bot: {
      owner: { type: 'workspace', workspace: true },
      workspace_id: WORKSPACE_ID,
      workspace_limits: { max_file_upload_size_in_bytes: 5_242_880 },
      workspace_name: 'Emulated workspace',
    },
  };
}

export const WORKSPACE_ID = 'e0000000-0000-4000-8000-000000000000';

export const renderUserById = (id: string, store: Store): UserObjectResponse | { object: 'user'; id: string } => {
  const user = store.users.get(id);
  return user ? renderUser(user) : { object: 'user', id };
};
