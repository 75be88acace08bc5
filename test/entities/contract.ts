import { z } from 'zod';
import contractJson from './contract.json' with { type: 'json' };

const field = z.strictObject({
  column: z.string().optional(),
  property: z.string(),
  type: z.enum(['title', 'rich_text', 'select', 'number', 'date', 'url', 'email', 'phone_number', 'relation']),
  options: z.array(z.string()).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  /** A second column for the time of day. */
  also: z.string().optional(),
  timestamp: z.boolean().optional(),
  to: z.string().optional(),
  cardinality: z.enum(['one', 'many']).optional(),
  dual: z.string().optional(),
  joinTable: z.string().optional(),
  joinColumns: z.tuple([z.string(), z.string()]).optional(),
  computed: z.string().optional(),
  note: z.string().optional(),
});

const contractOfEntities = z.object({
  commonColumns: z.array(z.string()),
  syncKeyProperty: z.object({ property: z.string(), type: z.string() }),
  calendarEvents: z.object({ table: z.string(), columns: z.array(z.string()) }),
  entities: z.array(
    z.strictObject({
      entity: z.string(),
      table: z.string(),
      databaseId: z.string(),
      title: z.string(),
      archivedStatus: z.string().optional(),
      fields: z.array(field),
    }),
  ),
});

export type ContractField = z.infer<typeof field>;

/** The external contract, as data. */
export const contract = contractOfEntities.parse(contractJson);
