import { expect } from 'vitest';
import { differences } from '../../support/compare.ts';
import type { Stack } from '../../support/stack.ts';

/** A page's `Sync Key`, or ''. */
export function syncKeyOf({ page }: ReturnType<Stack['notion']['workspace']['page']>): string {
  const property = page.properties['Sync Key'];
  return property?.type === 'rich_text' ? property.rich_text.map((item) => item.plain_text).join('') : '';
}

/** Keys of more than one page, trashed pages included. */
export function keysOfSeveralPages(stack: Stack): string[] {
  const keys = stack.notion.workspace.pages().map(syncKeyOf).filter(Boolean);
  return [...new Set(keys.filter((key, at) => keys.indexOf(key) !== at))];
}

export async function temporaryIds(stack: Stack): Promise<string[]> {
  const found: string[] = [];
  for (const { table } of stack.entities) {
    const rows = await stack.sql<{ notion_page_id: string }>(
      `SELECT notion_page_id FROM ${table} WHERE notion_page_id LIKE 'sql:%'`,
    );
    found.push(...rows.map((row) => row.notion_page_id));
  }
  return found;
}

/** Both sides are equal, each row has one page, and no temporary id is left. */
export async function expectExactlyOnePageEach(stack: Stack): Promise<void> {
  expect(await differences(stack)).toEqual([]);
  expect(keysOfSeveralPages(stack)).toEqual([]);
  expect(await temporaryIds(stack)).toEqual([]);
}
