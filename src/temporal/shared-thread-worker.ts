import { Worker } from '@temporalio/worker';

type Creating = ReturnType<(typeof SharedThreadWorker)['createOne']>;
type Creator = Awaited<Creating>;
type Arguments = Parameters<(typeof SharedThreadWorker)['createOne']>;

/** The threads of this process, by the code of their workflows, with how many workers use each. */
const threads = new Map<string, { readonly creating: Creating; users: number }>();

/**
 * A worker whose workflows run in a thread that all workers with the same code share. The SDK gives each worker a thread
 * of its own: 25 MB each, where a shared one adds less than 1 MB (docs/decisions/0031-many-workspaces-in-one-process.md).
 * The SDK's threads know workflows by their run ids, not by their workers.
 */
export class SharedThreadWorker extends Worker {
  /** Overridden only to be named in types: the SDK does not export them. */
  static createOne(...given: Parameters<typeof Worker.createWorkflowCreator>) {
    return Worker.createWorkflowCreator(...given);
  }

  protected static override async createWorkflowCreator(...given: Arguments): Promise<Creator> {
    const [{ code }] = given;
    const thread = threads.get(code) ?? { creating: SharedThreadWorker.createOne(...given), users: 0 };
    threads.set(code, thread);
    /** A thread that failed serves no new worker. */
    const forget = (): void => {
      if (threads.get(code) === thread) threads.delete(code);
    };
    thread.users += 1;
    const leave = async (): Promise<void> => {
      thread.users -= 1;
      if (thread.users > 0) return;
      forget();
      await (await thread.creating).destroy();
    };
    try {
      const creator = await thread.creating;
      return {
        createWorkflow: (options) =>
          creator.createWorkflow(options).catch((error: unknown) => {
            forget();
            throw error;
          }),
        destroy: leave,
      };
    } catch (error) {
      forget();
      throw error;
    }
  }
}
