import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { loadDefinition } from '../../../../src/definition/load.ts';
import type { EntityDefinition } from '../../../../src/definition/schema.ts';
import { number, relationToOne, title } from '../../../../src/entities/define.ts';
import { entities as builtIn } from '../../../../src/entities/index.ts';
import { type DefinitionEdit, NO_EDIT } from '../../../../src/operations/setup/definition-file/definition-edit.ts';
import {
  createDefinition,
  editDefinition,
  writeDefinition,
} from '../../../../src/operations/setup/definition-file/edit-definition.ts';
import { quoted, scriptOf } from '../../../../src/operations/setup/definition-file/write-script.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-edit-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const DATABASE = '2f865bc2-3a65-80d9-b631-eef92b30c5ce';
const entity = (name: string, fields: EntityDefinition['fields'] = {}): EntityDefinition => ({
  name,
  databaseId: DATABASE,
  title: `«${name}»`,
  fields: { nombre: title('Nombre'), ...fields },
});
const libros = entity('libros', { autor_id: relationToOne('Autor', 'autores', { dual: 'Libros' }) });
const autores = entity('autores');

/** Applies an edit to a file, and reads what it says then. */
async function edited(file: string, text: string, edit: Partial<DefinitionEdit>) {
  const path = join(folder, file);
  writeFileSync(path, text);
  writeDefinition(await editDefinition(folder, path, { ...NO_EDIT, ...edit }));
  expect(readdirSync(folder)).toEqual([file]);
  const { entities } = await loadDefinition(folder);
  return { text: readFileSync(path, 'utf8'), names: entities.map(({ name }) => name), entities };
}

const SCRIPT = `// Mine.
import { defineConfig, number, relationToOne, title } from 'lockstep';

const link = 'https://www.notion.so/${DATABASE.replaceAll('-', '')}';

export default defineConfig({
  entities: [
    'tags', // the first
    {
      name: 'libros',
      databaseId: link,
      title: 'Libros',
      fields: {
        titulo: title('Título'),
        autor_id: relationToOne('Autor', 'autores'), // to one
        paginas: number('Páginas', { min: 0 }),
      },
    },
    { name: 'autores', databaseId: link, title: 'Autores', fields: { nombre: title('Nombre') } },
    'people' // the last
  ],
});
`;

describe('a program', () => {
  test('gets an entity at the end of its list, and the imports that it needs', async () => {
    const { text, names } = await edited('lockstep.config.ts', SCRIPT, {
      add: [
        { ...entity('clientes'), fields: { nombre: title('Nombre'), correo: { kind: 'email', property: 'Correo' } } },
      ],
    });
    expect(names).toEqual(['tags', 'libros', 'autores', 'people', 'clientes']);
    expect(text).toBe(
      SCRIPT.replace('import { defineConfig, number,', 'import { defineConfig, email, number,').replace(
        "'people' // the last\n",
        `'people', // the last
    {
      name: 'clientes',
      databaseId: '${DATABASE}',
      title: '«clientes»',
      fields: {
        nombre: title('Nombre'),
        correo: email('Correo'),
      },
    },
`,
      ),
    );
  });

  test('loses an entity, and the fields that lead to it; everything else stays', async () => {
    const { text, names } = await edited('lockstep.config.ts', SCRIPT, {
      remove: ['autores'],
      removeFields: [{ entity: 'libros', name: 'autor_id' }],
    });
    expect(names).toEqual(['tags', 'libros', 'people']);
    expect(text).toBe(
      SCRIPT.replace(/ {4}\{ name: 'autores'.*\n/, '').replace(/ {8}autor_id: .*\n/, '        // to one\n'),
    );
  });

  test('gets and loses fields of entities on one line', async () => {
    const { text, entities } = await edited('lockstep.config.ts', SCRIPT, {
      addFields: [{ entity: 'autores', name: 'edad', field: number('Edad') }],
    });
    expect(Object.keys(entities.find(({ name }) => name === 'autores')?.fields ?? {})).toEqual(['nombre', 'edad']);
    const again = await edited('lockstep.config.ts', text, { removeFields: [{ entity: 'autores', name: 'edad' }] });
    expect(Object.keys(again.entities.find(({ name }) => name === 'autores')?.fields ?? {})).toEqual(['nombre']);
  });

  test.each([
    ['without a call', "export default { entities: ['tags', 'people'] };\n"],
    ['with a type', "export default { entities: ['tags', 'people'] } satisfies object;\n"],
    [
      'with every item on its line and no last comma',
      "export default {\n  entities: [\n    'tags',\n    'people'\n  ]\n};\n",
    ],
    [
      'with a renamed import',
      `import { title as tytul } from 'lockstep';\n\nexport default { entities: ['tags', 'people', { name: 'x', databaseId: '${DATABASE}', title: 'X', fields: { a: tytul('A') } }] };\n`,
    ],
  ])('%s is edited, too', async (_, text) => {
    const { names } = await edited('lockstep.config.mts', text, { add: [autores], remove: ['tags'] });
    expect(names.filter((name) => name !== 'x')).toEqual(['people', 'autores']);
  });

  test.each([
    ['a list that is made elsewhere', "const entities = ['tags', 'people'];\nexport default { entities };\n"],
    ['a list that is computed', "export default { entities: ['tags', 'people'].map((name) => name) };\n"],
    ['an entity that is made elsewhere', "const tags = 'tags';\nexport default { entities: [tags, 'people'] };\n"],
    [
      'a function of its own with the name of ours',
      `const title = (name) => ({ kind: 'title', property: name + '!' });\nexport default { entities: ['tags', { name: 'x', databaseId: '${DATABASE}', title: 'X', fields: { a: title('A') } }] };\n`,
    ],
  ])('with %s is left as it is', async (_, text) => {
    const path = join(folder, 'lockstep.config.mjs');
    writeFileSync(path, text);
    await expect(editDefinition(folder, path, { ...NO_EDIT, add: [autores], remove: ['tags'] })).rejects.toMatchObject({
      code: 'cannot_edit',
      message: expect.stringMatching(/^lockstep\.config\.mjs is a program that Lockstep cannot edit safely/),
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual(['lockstep.config.mjs']);
  });
});

describe('data', () => {
  test('in JSON keeps its indentation and its other keys', async () => {
    const text = JSON.stringify({ $schema: 'x', entities: ['tags', libros, autores] }, null, 4);
    await expect(edited('lockstep.config.json', text, { add: ['people'] })).rejects.toThrow(/\$schema/);
    const { text: after, names } = await edited('lockstep.config.json', text.replace(/ {4}"\$schema.*\n/, ''), {
      add: ['people'],
      remove: ['autores'],
      removeFields: [{ entity: 'libros', name: 'autor_id' }],
    });
    expect(names).toEqual(['tags', 'libros', 'people']);
    expect(after).toBe(`${JSON.stringify({ entities: ['tags', entity('libros'), 'people'] }, null, 4)}\n`);
  });

  test('in YAML keeps its comments', async () => {
    const text = `# Mine.
entities:
  - tags # the first
  - name: libros
    databaseId: ${DATABASE}
    title: Libros
    fields:
      titulo: { kind: title, property: Título }
      autor_id: { kind: relation_one, property: Autor, to: autores }
  # The people who write.
  - name: autores
    databaseId: ${DATABASE}
    title: Autores
    fields:
      nombre: { kind: title, property: Nombre }
`;
    const { text: after, names } = await edited('lockstep.config.yaml', text, {
      add: [entity('clientes')],
      addFields: [{ entity: 'libros', name: 'paginas', field: number('Páginas') }],
      remove: ['autores'],
      removeFields: [{ entity: 'libros', name: 'autor_id' }],
    });
    expect(names).toEqual(['tags', 'libros', 'clientes']);
    expect(after).toContain('# Mine.\nentities:\n  - tags # the first\n');
    expect(after).toContain('titulo: { kind: title, property: Título }');
  });

  test.each([
    ['lists that are not indented', (text: string) => text.replaceAll('\n  ', '\n')],
    ['four spaces', (text: string) => parseDocument(text).toString({ indent: 4 })],
    ['lists in one line', (text: string) => text.replace('[ A, B ]', '[A, B]')],
    ['line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n')],
    ['no line end at its end', (text: string) => text.trimEnd()],
    ['an empty line before a comment', (text: string) => `${text}\n\n# The end.\n`],
    ['a comment right after the list', (text: string) => `${text}# The end.\n`],
    ['aligned comments', (text: string) => text.replace('- tags ', '- tags         ')],
  ])('in YAML with %s keeps every other line as it is', async (_, restyle) => {
    const text = restyle(`entities:
  - tags # the first
  - name: libros
    databaseId: ${DATABASE}
    title: "Libros"
    fields:
      titulo: { kind: title, property: 'Título' }
      estado:
        kind: select
        property: Estado
        options: [ A, B ]
  - people
`);
    const { text: added, names } = await edited('lockstep.config.yaml', text, { add: [autores, 'games'] });
    expect(names).toEqual(['tags', 'libros', 'people', 'autores', 'games']);
    const lines = added.split('\n');
    expect(text.split('\n').filter((line) => !lines.includes(line))).toEqual([]);
    const { text: after } = await edited('lockstep.config.yaml', added, { remove: ['autores', 'games'] });
    expect(after.trimEnd()).toBe(text.trimEnd());
  });
});

describe('a folder without a definition', () => {
  test('gets one that lists the built-in entities', async () => {
    const file = await editDefinition(folder, null, { ...NO_EDIT, add: [autores], remove: ['games'] });
    writeDefinition(file);
    const { entities, path } = await loadDefinition(folder);
    expect(path).toBe(join(folder, 'lockstep.config.ts'));
    expect(entities.map(({ name }) => name)).toEqual([
      ...builtIn.map(({ name }) => name).filter((name) => name !== 'games'),
      'autores',
    ]);
  });

  test('gets none that is wrong, and never one over a file that was written meanwhile', async () => {
    expect(() => createDefinition(folder, [libros])).toThrow(
      'lockstep.config.ts: libros: fields.autor_id: there is no entity "autores" in this definition',
    );
    const file = createDefinition(folder, [autores]);
    writeFileSync(file.path, '// somebody else');
    expect(() => writeDefinition(file)).toThrow('lockstep.config.ts has changed meanwhile: run the command again');
    expect(readFileSync(file.path, 'utf8')).toBe('// somebody else');
  });

  test('every kind of field is read as it was written', async () => {
    const fields: EntityDefinition['fields'] = {
      a: title("It's «A»"),
      b: { kind: 'rich_text', property: 'B' },
      c: { kind: 'select', property: 'C', options: ['x', 'y\\n'], default: 'x' },
      d: { kind: 'number', property: 'D', min: 0, max: 5 },
      e: { kind: 'date', property: 'E', timeColumn: 'e_time' },
      f: { kind: 'timestamp', property: 'F', endColumn: 'f_end' },
      g: { kind: 'url', property: 'G' },
      h: { kind: 'email', property: 'H' },
      i: { kind: 'phone_number', property: 'I' },
      j: { kind: 'checkbox', property: 'J' },
      k: { kind: 'multi_select', property: 'K', options: [] },
      l: { kind: 'people', property: 'L' },
      m: { kind: 'files', property: 'M' },
      n: { kind: 'place', property: 'N' },
      o: { kind: 'verification', property: 'O' },
      p: { kind: 'body', property: 'page body' },
      q: { kind: 'relation_one', property: 'Q', to: 'x', dual: 'R' },
      s: { kind: 'relation_many', property: 'S', to: 'x', joinTable: 'x_s', joinColumns: ['x_id', 'y_id'] },
      r: { kind: 'back_link', property: 'R', of: 'x', through: 'q' },
      t: { kind: 'computed', property: 'T', as: 'boolean' },
    };
    writeFileSync(join(folder, 'lockstep.config.ts'), scriptOf([{ ...entity('x'), fields }]));
    const { entities } = await loadDefinition(folder);
    expect(entities[0]?.fields).toEqual(fields);
  });
});

test('a string literal has its text, in the quotes that need fewer escapes', () => {
  expect(['plain', "it's", 'a "b"', `it's "b"`, 'a\\b\n'].map(quoted)).toEqual([
    "'plain'",
    `"it's"`,
    `'a "b"'`,
    `'it\\'s "b"'`,
    "'a\\\\b\\n'",
  ]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
      const [statement] = ts.createSourceFile('x.ts', `(${quoted(text)});`, ts.ScriptTarget.Latest).statements;
      const inner =
        statement && ts.isExpressionStatement(statement) && ts.isParenthesizedExpression(statement.expression)
          ? statement.expression.expression
          : undefined;
      expect(inner && ts.isStringLiteral(inner) && inner.text).toBe(text);
    }),
  );
});
