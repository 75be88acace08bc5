import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FinalError } from '../../../errors.ts';

const ENTITIES = 'src/entities';
const MIGRATIONS = 'prisma/migrations';

/** A change of a file in the checkout. */
export interface FileChange {
  /** Relative to the checkout. */
  readonly path: string;
  /** Null for a new one. */
  readonly before: string | null;
  readonly after: string;
}

/** The folder of this program, with its sources. */
export interface Checkout {
  readonly entityFiles: readonly string[];
  readonly migrations: readonly string[];
  read(path: string): string;
  /** Formats a TypeScript file with Biome; unchanged if Biome is not installed. */
  format(path: string, text: string): string;
  write(changes: readonly FileChange[]): void;
  /** Runs the scripts that `npm install` runs for the sources. @throws FinalError */
  generate(say: (line: string) => void): void;
}

/** @throws FinalError if the program is installed without its sources */
export function openCheckout(root = fileURLToPath(new URL('../../../../', import.meta.url))): Checkout {
  // A container has sources but no build files, and its changes would be lost with it.
  const needed = ['tsconfig.build.json', 'biome.json', `${ENTITIES}/index.ts`, 'prisma/schema.prisma', MIGRATIONS];
  const missing = needed.find((path) => !existsSync(join(root, path)));
  if (missing !== undefined) {
    throw new FinalError(
      'no_checkout',
      `add-entity writes sources: run it in a checkout of Lockstep (${root} has no ${missing})`,
    );
  }
  return {
    entityFiles: readdirSync(join(root, ENTITIES)),
    migrations: readdirSync(join(root, MIGRATIONS)).filter((name) => /^\d{14}_/.test(name)),
    read: (path) => readFileSync(join(root, path), 'utf8'),
    format: (path, text) => formatted(root, path, text),
    write: (changes) => {
      for (const { path, before, after } of changes) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), after, { flag: before === null ? 'wx' : 'w' });
      }
    },
    generate: (say) => {
      for (const script of ['compile', 'bundle-workflows']) {
        say(`Running scripts/${script}.js …`);
        const { status } = spawnSync(process.execPath, [join(root, `scripts/${script}.js`)], {
          cwd: root,
          stdio: 'inherit',
        });
        if (status === 0) continue;
        throw new FinalError(
          'generate_failed',
          `the files are written, but scripts/${script}.js failed: run npm install`,
        );
      }
    },
  };
}

function formatted(root: string, path: string, text: string): string {
  const biome = findBiome(root);
  if (biome === null) return text;
  const { status, stdout } = spawnSync(process.execPath, [biome, 'check', '--write', `--stdin-file-path=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
  return status === 0 && stdout !== '' ? stdout : text;
}

/** Null if development packages are not installed. */
function findBiome(root: string): string | null {
  try {
    return createRequire(join(root, 'package.json')).resolve('@biomejs/biome/bin/biome');
  } catch {
    return null;
  }
}
