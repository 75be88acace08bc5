import { transaction } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { type Entity, relationFields, type ToManyField, titleField } from '../../entities/define.ts';
import { FinalError, RecordError } from '../../errors.ts';
import { locateProperty } from '../../notion/schema.ts';
import { TEMPORARY_ID_PREFIX } from '../../sync/temporary-id.ts';
import type { DoctorContext, ReadSource } from './doctor-context.ts';
import { type Check, FIX_COMMAND, type Finding } from './finding.ts';

/** A page object contains at most this many links; the rest needs further requests. */
const MAX_LINKS_IN_PAGE = 25;
/** Each candidate whose synced content has no more links costs a request to Notion. */
const MAX_REQUESTS = 50;
const PAGE_SIZE = 100;

/** Finds rows with only the first 25 links of their pages: some scripts do not read the rest. */
export const checkCutRelations: Check = (context) =>
  context.findInEach(async (read) => {
    const findings: Finding[] = [];
    for (const [name, field] of relationFields(read.entity)) {
      if (field.kind === 'relation_many') findings.push(...(await findingsForField(context, read, name, field)));
    }
    return findings;
  });

interface Candidate {
  readonly id: string;
  readonly page: string;
  readonly title: string;
  readonly own: readonly string[];
  readonly agreed: readonly string[] | null;
}

/** Leaves out rows with pending links and rows with unsent edits: their links were set on purpose. */
const candidates = (entity: Entity, field: string, { joinTable, joinColumns, to }: ToManyField): string => {
  const [own, other] = joinColumns.map(quote);
  return `SELECT t.id, t.notion_page_id AS page, t.${quote(titleField(entity))} AS title, l.pages AS own, s.base -> '${field}' AS agreed
    FROM ${quote(entity.table)} t
    JOIN (SELECT j.${own} AS id, array_agg(r.notion_page_id) AS pages FROM ${quote(joinTable)} j LEFT JOIN ${quote(to)} r ON r.id = j.${other}
      GROUP BY 1 HAVING count(*) = ${MAX_LINKS_IN_PAGE}) l ON l.id = t.id
    LEFT JOIN sync_state s ON s.entity = $1 AND s.record_id = t.id
    WHERE t.archived_at IS NULL AND t.notion_page_id NOT LIKE '${TEMPORARY_ID_PREFIX}%'
      AND (s.record_id IS NULL OR NOT (s.archived OR s.trashed OR EXISTS (SELECT 1 FROM sync_outbox o WHERE o.entity = $1 AND o.record_id = t.id)))
      AND NOT EXISTS (SELECT 1 FROM pending_links p WHERE p.entity = $1 AND p.record_id = t.id AND p.field = '${field}')
    ORDER BY t.id LIMIT ${MAX_REQUESTS}`;
};

interface Cut {
  readonly id: string;
  readonly title: string;
  readonly missing: readonly string[];
}

async function findingsForField(
  context: DoctorContext,
  read: ReadSource,
  name: string,
  field: ToManyField,
): Promise<Finding[]> {
  const { entity, source, known } = read;
  const located = locateProperty(source.properties, [name, field], known?.properties);
  if (located.kind !== 'found') return [];
  const found = await context.database.query<Candidate>(candidates(entity, name, field), [entity.name]);
  const cut: Cut[] = [];
  for (const { id, page, title, own, agreed } of found) {
    const whole =
      agreed && agreed.length > MAX_LINKS_IN_PAGE
        ? agreed
        : await readLinks(context, entity, page, located.property.id);
    const missing = whole.filter((link) => !own.includes(link));
    if (own.every((link) => whole.includes(link)) && missing.length > 0) cut.push({ id, title, missing });
  }
  return cut.length === 0 ? [] : [cutFinding(context, entity, name, field, cut)];
}

/** All links of a page; empty if the page cannot be read. */
async function readLinks({ api }: DoctorContext, entity: Entity, page: string, property: string): Promise<string[]> {
  const links: string[] = [];
  let cursor: string | null = null;
  do {
    const start: { start_cursor?: string } = cursor ? { start_cursor: cursor } : {};
    const answer = await api
      .call({ entity: entity.name, kind: 'read', what: `page ${page}`, ofRecord: true }, (client) =>
        client.pages.properties.retrieve({ page_id: page, property_id: property, page_size: PAGE_SIZE, ...start }),
      )
      .catch((error: unknown) => {
        if (error instanceof RecordError || error instanceof FinalError) return null;
        throw error;
      });
    if (answer?.object !== 'list') return [];
    for (const item of answer.results) if (item.type === 'relation') links.push(item.relation.id);
    cursor = answer.next_cursor;
  } while (cursor);
  return links;
}

function cutFinding(
  { database }: DoctorContext,
  entity: Entity,
  name: string,
  field: ToManyField,
  cut: readonly Cut[],
): Finding {
  const titles = cut.slice(0, 5).map(({ title }) => `"${title}"`);
  const missing = cut.reduce((sum, row) => sum + row.missing.length, 0);
  return {
    code: 'relation_cut',
    severity: 'problem',
    subject: `${entity.name}/${field.property}`,
    what: `${cut.length} ${cut.length === 1 ? 'row has' : 'rows have'} only the first ${MAX_LINKS_IN_PAGE} links of the page: ${titles.join(', ')}`,
    why: 'the other links are missing in SQL, and the next edit of such a row removes them in Notion too',
    fix: FIX_COMMAND,
    applyFix: async () => {
      await transaction(database, { as: 'sync' }, async (batch) => {
        for (const row of cut) await batch.execute(addLinks(field), [row.id, row.missing, entity.name, name]);
      });
      return `added ${missing} ${missing === 1 ? 'link' : 'links'}`;
    },
  };
}

/** A link to a page that has no row yet is kept in `pending_links`. */
const addLinks = ({ joinTable, joinColumns, to }: ToManyField): string => `WITH
  wanted AS (SELECT p.page, (SELECT r.id FROM ${quote(to)} r WHERE r.notion_page_id = p.page) AS other FROM unnest($2::text[]) AS p(page)),
  waiting AS (INSERT INTO pending_links (entity, record_id, field, page_id)
    SELECT $3, $1::uuid, $4, page FROM wanted WHERE other IS NULL ON CONFLICT DO NOTHING)
  INSERT INTO ${quote(joinTable)} (${joinColumns.map(quote).join(', ')}) SELECT $1::uuid, other FROM wanted WHERE other IS NOT NULL
  ON CONFLICT DO NOTHING`;
