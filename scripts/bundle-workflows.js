import { existsSync } from 'node:fs';

// A worker starts seconds faster with a bundle.
const bundler = new URL('../dist/temporal/workflow-bundle.js', import.meta.url);
// The image's first layer has the packages but not the program.
if (existsSync(bundler)) {
  const { workflowBundle } = await import(bundler.href);
  await workflowBundle();
  // The bundles for traces and for encryption, for an image whose files cannot be written later.
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
