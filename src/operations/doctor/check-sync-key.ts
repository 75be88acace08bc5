import { changeSchema } from '../../notion/data-source.ts';
import { propertyById, SYNC_KEY } from '../../notion/schema.ts';
import { type Check, FIX_COMMAND } from './finding.ts';

/** Finds a missing or retyped `Sync Key`, the property that identifies the page of a row. */
export const checkSyncKey: Check = (context) =>
  context.findInEach(({ entity, source, known }) => {
    const property = propertyById(source.properties, known?.syncKey) ?? source.properties[SYNC_KEY];
    if (property?.type === 'rich_text') return [];
    const finding = { severity: 'problem', subject: `${entity.name}/${SYNC_KEY}` } as const;
    if (property) {
      return [
        {
          ...finding,
          code: 'sync_key_retyped',
          what: `the property "${property.name}" is of type ${property.type}, not text`,
          why: `${entity.name} is not synced until the type is right: it identifies the page that was created for a row`,
          fix: 'make it a text property in Notion (••• → Edit property → Type)',
        },
      ];
    }
    return [
      {
        ...finding,
        code: 'sync_key_missing',
        what: `the text property "${SYNC_KEY}" is missing`,
        why: 'it identifies the page that was created for a row; the next sync adds it, if the integration may update content',
        fix: FIX_COMMAND,
        applyFix: async () => {
          const what = `adding "${SYNC_KEY}"`;
          await changeSchema(context.api, entity, source.id, what, { [SYNC_KEY]: { rich_text: {} } });
          return `added the property "${SYNC_KEY}" (rich_text)`;
        },
      },
    ];
  });
