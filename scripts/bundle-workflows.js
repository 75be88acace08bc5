import { existsSync } from 'node:fs';

// A worker that finds its workflows bundled starts some seconds sooner.
const bundler = new URL('../dist/temporal/workflow-bundle.js', import.meta.url);
// An image's first layer has the packages without the program.
if (existsSync(bundler)) {
  const { workflowBundle } = await import(bundler.href);
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
