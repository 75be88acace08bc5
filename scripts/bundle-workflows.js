import { existsSync } from 'node:fs';
import { register } from 'tsx/esm/api';

// A worker that finds its workflows bundled starts some seconds sooner.
register();
const source = new URL('../src/workflow-bundle.ts', import.meta.url);
// An image's first layer has the packages without the sources.
if (existsSync(source)) await (await import(source.href)).workflowBundle();
