import { changeSchema } from '../../notion/data-source.ts';
import { byId, SYNC_KEY } from '../../notion/schema.ts';
import { type Check, FIX } from './finding.ts';

/** Whether there is a place for the key by which a row's page is known again. */
export const syncKey: Check = (context) =>
  context.inEach(({ entity, source, known }) => {
    const property = byId(source.properties, known?.syncKey) ?? source.properties[SYNC_KEY];
    if (property?.type === 'rich_text') return [];
    const finding = { severity: 'problem', subject: `${entity.name}/${SYNC_KEY}` } as const;
    if (property) {
      return [
        {
          ...finding,
          code: 'sync_key_retyped',
          what: `the property "${property.name}" is of type ${property.type}, not text`,
          why: `nothing of ${entity.name} is synced until it is: a page made for a row is known by it`,
          mend: 'make it a text property in Notion (••• → Edit property → Type)',
        },
      ];
    }
    return [
      {
        ...finding,
        code: 'sync_key_missing',
        what: `the text property "${SYNC_KEY}" is missing`,
        why: 'a page made for a row is known by it; the next sync adds it, if the integration may update content',
        mend: FIX,
        fix: async () => {
          const what = `adding "${SYNC_KEY}"`;
          await changeSchema(context.api, entity, source.id, what, { [SYNC_KEY]: { rich_text: {} } });
          return `added the property "${SYNC_KEY}" (rich_text)`;
        },
      },
    ];
  });
