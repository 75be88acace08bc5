import { bodyField, type Entity, notionFields } from '../../src/entities/define.ts';
import { canonicalBody } from '../../src/notion/body.ts';
import { decodeProperty } from '../../src/notion/properties.ts';
import type { Stack } from './stack.ts';

const TIME_ZONE = 'Europe/Madrid';

/** Every difference between Notion's live pages and the tables, one line each. */
export async function differences(stack: Stack): Promise<string[]> {
  const pageOf = new Map<string, string>();
  for (const { table } of stack.entities) {
    const rows = await stack.sql<{ id: string; notion_page_id: string }>(`SELECT id, notion_page_id FROM ${table}`);
    for (const row of rows) pageOf.set(row.id, row.notion_page_id);
  }
  const found: string[] = [];
  for (const entity of stack.entities) found.push(...(await differencesOf(stack, entity, pageOf)));
  return found;
}

async function differencesOf(stack: Stack, entity: Entity, pageOf: ReadonlyMap<string, string>): Promise<string[]> {
  const rows = await stack.sql<{ row: Record<string, unknown> }>(`SELECT to_jsonb(t) AS row FROM ${entity.table} t`);
  const byPage = new Map(rows.map(({ row }) => [String(row.notion_page_id), row]));
  const pages = stack.notion.workspace.pages(entity.databaseId).filter((page) => !page.trashed);
  const found: string[] = [];
  const live = new Set(pages.map((page) => page.id));
  for (const [pageId, row] of byPage) {
    if (row.archived_at === null && !live.has(pageId))
      found.push(`${entity.name}: row ${row.id} has no live page (${pageId})`);
  }
  for (const { id, page } of pages) {
    const row = byPage.get(id);
    if (!row) {
      found.push(`${entity.name}: page ${id} has no row`);
      continue;
    }
    const body = bodyField(entity);
    const remoteBody = body && canonicalBody(stack.notion.workspace.body(id).markdown);
    if (body && remoteBody !== canonicalBody(String(row[body] ?? ''))) {
      found.push(
        `${entity.name} ${row.id}: ${body} is ${JSON.stringify(row[body])}, in Notion ${JSON.stringify(remoteBody)}`,
      );
    }
    for (const [name, field] of notionFields(entity)) {
      const property = page.properties[field.property];
      if (!property) throw new Error(`${entity.name} has no property ${field.property}`);
      const remote = decodeProperty(field, property, TIME_ZONE).value;
      const own = await sqlValue(stack, entity, row, name, pageOf);
      if (JSON.stringify(remote) !== JSON.stringify(own)) {
        found.push(`${entity.name} ${row.id}: ${name} is ${JSON.stringify(own)}, in Notion ${JSON.stringify(remote)}`);
      }
    }
  }
  return found;
}

/** A row's field as a user reads it in SQL, with links as page ids. */
async function sqlValue(
  stack: Stack,
  entity: Entity,
  row: Record<string, unknown>,
  name: string,
  pageOf: ReadonlyMap<string, string>,
): Promise<unknown> {
  const field = entity.fields[name];
  const value = row[name] ?? null;
  switch (field?.kind) {
    case 'relation_one':
      return value === null ? null : pageOf.get(String(value));
    case 'relation_many': {
      const [own, other] = field.joinColumns;
      const links = await stack.sql<{ id: string }>(`SELECT ${other} AS id FROM ${field.joinTable} WHERE ${own} = $1`, [
        row.id,
      ]);
      return links.map(({ id }) => pageOf.get(id)).sort();
    }
    case 'date': {
      const time = field.timeColumn ? row[field.timeColumn] : null;
      const end = field.endColumn ? row[field.endColumn] : null;
      return time ? `${value}T${time}` : end ? `${value}/${end}` : value;
    }
    case 'timestamp': {
      const end = field.endColumn ? row[field.endColumn] : null;
      const instants = [value, end].flatMap((time) => (time ? [new Date(String(time)).toISOString()] : []));
      return instants.length === 0 ? null : instants.join('/');
    }
    case 'title':
      return value === '' ? null : value;
    default:
      return value;
  }
}

/** What a cycle with nothing to sync must not change: one line for each page, and for each row with its version. */
export async function everything(stack: Stack): Promise<string[]> {
  const lines = stack.notion.workspace.pages().map(({ id, editedAt, trashed }) => `page ${id} ${editedAt} ${trashed}`);
  for (const { table } of stack.entities) {
    const rows = await stack.sql<{ line: string }>(
      `SELECT concat_ws(' ', '${table}', id, xmin, md5(to_jsonb(t)::text)) AS line FROM ${table} t ORDER BY id`,
    );
    lines.push(...rows.map(({ line }) => line));
  }
  const conflicts = await stack.sql<{ line: string }>(
    "SELECT 'conflict ' || id AS line FROM sync_conflicts ORDER BY id",
  );
  return [...lines, ...conflicts.map(({ line }) => line)];
}
