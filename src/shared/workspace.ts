import { AsyncLocalStorage } from 'node:async_hooks';

/** One folder with its settings, its definition and its files. */
export interface Workspace {
  /** For logs, metrics and health; null where the process has only one. */
  readonly name: string | null;
  readonly folder: string;
  /** What it is configured with. */
  readonly env: NodeJS.ProcessEnv;
}

const ambient = new AsyncLocalStorage<Workspace>();

/** The folder that the process was started in. */
let own: Workspace | null = {
  name: null,
  get folder() {
    return process.cwd();
  },
  env: process.env,
};

export const ownWorkspace = (): Workspace | null => own;

/** For a process of several workspaces, before it loads a definition: outside of a workspace, it then has none. */
export function leaveOwnWorkspace(): void {
  own = null;
}

/** Runs work, and all that it starts, in a workspace. */
export const inWorkspace = <T>(workspace: Workspace, work: () => T): T => ambient.run(workspace, work);

/** The workspace that the running code works for. @throws Error in a process of several, outside of them */
export function currentWorkspace(): Workspace {
  const workspace = ambient.getStore() ?? own;
  if (workspace === null) throw new Error('this process has several workspaces, and this code runs in none of them');
  return workspace;
}

/** What follows from a workspace's definition: derived at the first call in each workspace. */
export function perWorkspace<T extends object>(derive: () => T): () => T {
  const derived = new WeakMap<Workspace, T>();
  return () => {
    const workspace = currentWorkspace();
    const known = derived.get(workspace);
    if (known !== undefined) return known;
    const value = derive();
    derived.set(workspace, value);
    return value;
  };
}
