import { type ParserOptions, parse } from '@babel/parser';
import type {
  ArrayExpression,
  File,
  ImportDeclaration,
  ImportSpecifier,
  Node,
  ObjectExpression,
  ObjectProperty,
} from '@babel/types';
import type { DefinitionEdit } from './definition-edit.ts';
import { callsIn, entityLines, fieldLine, importLine } from './write-script.ts';

/** The text between two positions is replaced. */
interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const OPTIONS: ParserOptions = { sourceType: 'module', plugins: ['typescript'] };

/**
 * Edits a definition that is a program, and leaves the rest of its text as it is.
 * @returns undefined if the entities are not a list that is written out in the file
 */
export function editScript(text: string, edit: DefinitionEdit): string | undefined {
  const file = parsed(text);
  const list = file && entitiesIn(file);
  if (!file || !list) return undefined;
  const entityNamed = (name: string): ObjectExpression | undefined =>
    list.elements.find(
      (element): element is ObjectExpression =>
        element !== null && nameOf(element) === name && element.type === 'ObjectExpression',
    );
  const fieldsOf = (name: string): ObjectExpression | undefined => objectIn(entityNamed(name), 'fields');
  const removed = [
    ...edit.remove.map((name) => list.elements.find((element) => element !== null && nameOf(element) === name)),
    ...edit.removeFields.map(({ entity, name }) => propertyOf(fieldsOf(entity), name)),
  ];
  const added = [
    ...insertions(text, list, edit.add.flatMap(entityLines)),
    ...edit.addFields.flatMap(({ entity, name, field }) =>
      insertions(text, fieldsOf(entity), [fieldLine(name, field)]),
    ),
  ];
  const imports = withImports(file, [...callsIn(edit.add), ...callsIn(fieldsAsEntities(edit))]);
  const replacements = [...removed.map((node) => node && removal(text, node)), ...added, imports];
  if (replacements.includes(undefined)) return undefined;
  return replacements
    .flatMap((replacement) => (replacement ? [replacement] : []))
    .toSorted((a, b) => b.start - a.start)
    .reduce((before, { start, end, text: inserted }) => before.slice(0, start) + inserted + before.slice(end), text);
}

const fieldsAsEntities = ({ addFields }: DefinitionEdit) =>
  addFields.map(({ name, field }) => ({ name: '', databaseId: '', title: '', fields: { [name]: field } }));

function parsed(text: string): File | undefined {
  try {
    return parse(text, OPTIONS);
  } catch {
    return undefined;
  }
}

/** The list in `export default defineConfig({ entities: [ … ] })`, or in the exported object itself. */
function entitiesIn({ program }: File): ArrayExpression | undefined {
  const exported = program.body.find((statement) => statement.type === 'ExportDefaultDeclaration')?.declaration;
  const object = exported?.type === 'CallExpression' ? exported.arguments[0] : exported;
  const list = object && propertyOf(plainOf(object), 'entities')?.value;
  const plain = list && plainOf(list);
  return plain?.type === 'ArrayExpression' ? plain : undefined;
}

/** An expression without its type. */
const plainOf = (node: Node): Node =>
  node.type === 'TSSatisfiesExpression' || node.type === 'TSAsExpression' ? plainOf(node.expression) : node;

function propertyOf(node: Node | undefined, name: string): ObjectProperty | undefined {
  if (node?.type !== 'ObjectExpression') return undefined;
  return node.properties.find(
    (property): property is ObjectProperty => property.type === 'ObjectProperty' && keyOf(property) === name,
  );
}

const keyOf = ({ key }: ObjectProperty): string | undefined =>
  key.type === 'Identifier' ? key.name : key.type === 'StringLiteral' ? key.value : undefined;

function objectIn(node: Node | undefined, name: string): ObjectExpression | undefined {
  const value = propertyOf(node, name)?.value;
  return value?.type === 'ObjectExpression' ? value : undefined;
}

function nameOf(element: Node): string | undefined {
  if (element.type === 'StringLiteral') return element.value;
  const value = propertyOf(element, 'name')?.value;
  return value?.type === 'StringLiteral' ? value.value : undefined;
}

const startOf = ({ start }: Node): number => start ?? 0;
const endOf = ({ end }: Node): number => end ?? 0;

/** Removes an element with the comma after it, and its lines if there is nothing else on them. */
function removal(text: string, node: Node): Replacement {
  const comma = /^\s*,/.exec(text.slice(endOf(node)))?.[0].length ?? 0;
  const end = endOf(node) + comma;
  const before = /\n[ \t]*$/.exec(text.slice(0, startOf(node)))?.[0].length;
  const isAlone = before !== undefined && /^[ \t]*\r?\n/.test(text.slice(end));
  if (isAlone) return { start: startOf(node) - before, end, text: '' };
  const space = /^[ \t]+/.exec(text.slice(end))?.[0].length ?? 0;
  return { start: startOf(node), end: end + space, text: '' };
}

/** Inserts lines at the end of a list or an object, indented as its last element. */
function insertions(
  text: string,
  node: ArrayExpression | ObjectExpression | undefined,
  lines: readonly string[],
): readonly (Replacement | undefined)[] {
  if (lines.length === 0) return [];
  if (!node) return [undefined];
  const last = (node.type === 'ArrayExpression' ? node.elements : node.properties).at(-1);
  const outer = indentAt(text, startOf(node));
  const isOnOwnLine = last && /\n[ \t]*$/.test(text.slice(0, startOf(last)));
  const indent = last && isOnOwnLine ? indentAt(text, startOf(last)) : `${outer}  `;
  const start = last ? endOf(last) : startOf(node) + 1;
  // A comma and a comment after the last element stay on its line.
  const after = /^\s*,/.exec(text.slice(start, endOf(node)))?.[0].length ?? 0;
  const comment = /^[ \t]*(?:\/\/[^\n]*|\/\*[^\n]*?\*\/)/.exec(text.slice(start + after))?.[0].length ?? 0;
  const at = start + after + comment;
  const inserted = lines.map((line) => `\n${indent}${line}`).join('');
  const closes = /^\s*\n/.test(text.slice(at, endOf(node) - 1)) ? '' : `\n${outer}`;
  return [
    { start: at, end: at, text: `${inserted}${closes}` },
    ...(last && after === 0 ? [{ start, end: start, text: ',' }] : []),
  ];
}

const indentAt = (text: string, position: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', position - 1) + 1))?.[0] ?? '';

/** Adds functions to the import of the package; null if none is missing. */
function withImports({ program }: File, calls: readonly string[]): Replacement | null {
  const found = program.body.find(
    (statement): statement is ImportDeclaration =>
      statement.type === 'ImportDeclaration' && statement.source.value === 'lockstep',
  );
  const specifiers = found?.specifiers.filter((one): one is ImportSpecifier => one.type === 'ImportSpecifier') ?? [];
  const names = specifiers.map(({ local }) => local.name);
  const missing = [...new Set(calls)].filter((call) => !names.includes(call));
  if (missing.length === 0) return null;
  const isPlain = found?.specifiers.every((one) => one.type === 'ImportSpecifier' && isNotRenamed(one));
  if (!found || !isPlain) return { start: 0, end: 0, text: `${importLine(missing)}\n` };
  return { start: startOf(found), end: endOf(found), text: importLine([...names, ...missing]) };
}

const isNotRenamed = ({ imported, local, importKind }: ImportSpecifier): boolean =>
  imported.type === 'Identifier' && imported.name === local.name && importKind !== 'type';
