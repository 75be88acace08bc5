import type { Stack } from '../../embedded/stack.ts';
import { exitCodes } from './exit.ts';

/** Aborts on the first signal to end. A second one kills what still runs, and ends the process. */
export function endOnSignal(stack: Stack): AbortController {
  const end = new AbortController();
  let isStopping = false;
  const onSignal = (): void => {
    if (isStopping) {
      stack.kill();
      process.exit(exitCodes.failed);
    }
    isStopping = true;
    console.log('Stopping. Press Ctrl-C again to end at once.');
    end.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return end;
}
