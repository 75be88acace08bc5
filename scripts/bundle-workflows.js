import { existsSync } from 'node:fs';
import { register } from 'tsx/esm/api';

// A worker that finds its workflows bundled starts some seconds sooner.
register();
const source = new URL('../src/workflow-bundle.ts', import.meta.url);
// An image's first layer has the packages without the sources.
if (existsSync(source)) {
  const { workflowBundle } = await import(source.href);
  await workflowBundle();
  // For traces and for encryption: an image, whose files nobody may write later, has them all.
  if (process.argv.includes('--all')) {
    for (const [isTraced, isEncrypted] of [
      [true, false],
      [false, true],
      [true, true],
    ]) {
      await workflowBundle({ isTraced, isEncrypted });
    }
  }
}
