import type { RequestBudget } from '../../notion/budget.ts';

/** A command that waits for longer says for what. */
const SILENT_MS = 1_500;

/** A budget that says on standard error, once, that a command waits for it. */
export function sayBudgetWait(budget: RequestBudget): RequestBudget {
  let isSaid = false;
  const say = (): void => {
    if (isSaid) return;
    isSaid = true;
    process.stderr.write("lockstep: waiting for Notion's request limit, which other syncs of this database share\n");
  };
  return {
    take: async (asker, signal, onWait) => {
      const timer = setTimeout(say, SILENT_MS);
      try {
        await budget.take(asker, signal, onWait);
      } finally {
        clearTimeout(timer);
      }
    },
    pause: (ms) => budget.pause(ms),
  };
}
