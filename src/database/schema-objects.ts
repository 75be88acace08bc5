import { readMigrations } from './migrate.ts';

/** An index or a view that the migrations create. */
export interface SchemaObject {
  readonly kind: 'index' | 'view';
  readonly name: string;
  /** The statement that creates it now; views may be created more than once. */
  readonly sql: string;
}

const CREATE = /^CREATE (?:OR REPLACE )?(?:UNIQUE )?(INDEX|VIEW) "?(\w+)"? [^;]*;/gm;

/** In the order of their last definition, which may use earlier ones. */
export async function readSchemaObjects(): Promise<readonly SchemaObject[]> {
  const { migrationDirectories } = await readMigrations();
  const objects = new Map<string, SchemaObject>();
  for (const { migrationFile } of migrationDirectories) {
    const { content } = migrationFile;
    const text = content.tag === 'ok' ? content.value : '';
    for (const [sql, kind, name = ''] of text.matchAll(CREATE)) {
      objects.delete(name);
      objects.set(name, { kind: kind === 'VIEW' ? 'view' : 'index', name, sql });
    }
  }
  return [...objects.values()];
}
