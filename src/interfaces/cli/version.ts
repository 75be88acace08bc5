import { readFileSync } from 'node:fs';

/** The version of this checkout, as its package.json has it. Without zod, so that `--version` starts fast. */
export function version(): string {
  const content: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  if (content && typeof content === 'object' && 'version' in content) return String(content.version);
  throw new Error('package.json has no version');
}
