import { isDeepStrictEqual } from 'node:util';
import { diffArrays } from 'diff';
import { type Document, isMap, isSeq, parseDocument, type ToStringOptions, type YAMLMap } from 'yaml';
import { type DefinitionEdit, nameOfListed, toContent } from './definition-edit.ts';

/** Edits a definition in YAML, and keeps all other lines as they are. @returns undefined if it has no list of entities */
export function editYaml(text: string, { add, addFields, remove, removeFields }: DefinitionEdit): string | undefined {
  const document = parseDocument(text);
  const list = document.get('entities');
  if (!isSeq(list)) return undefined;
  const names = toContent(document.toJS()).entities.map(nameOfListed);
  const fieldsOf = (entity: string): YAMLMap | undefined => {
    const fields = document.getIn(['entities', names.indexOf(entity), 'fields']);
    return isMap(fields) ? fields : undefined;
  };
  for (const { entity, name } of removeFields) fieldsOf(entity)?.delete(name);
  for (const { entity, name, field } of addFields) fieldsOf(entity)?.set(name, document.createNode(field));
  for (const name of remove) {
    list.delete(names.indexOf(name));
    names.splice(names.indexOf(name), 1);
  }
  for (const entity of add) list.add(document.createNode(entity));
  return patched(text, document) ?? document.toString({ lineWidth: 0 });
}

/** How owners write lists. */
const STYLES: readonly ToStringOptions[] = [2, 4].flatMap((indent) =>
  [true, false].flatMap((indentSeq) =>
    [true, false].map((flowCollectionPadding) => ({ lineWidth: 0, indent, indentSeq, flowCollectionPadding })),
  ),
);

/**
 * Changes only the lines that differ because of the edit: the library writes a whole document in its own style.
 * @returns undefined if what changes is written in none of the known styles
 */
function patched(text: string, edited: Document): string | undefined {
  const original = parseDocument(text);
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  for (const style of STYLES) {
    const [from, to] = [original.toString(style).split('\n'), edited.toString(style).split('\n')];
    const after = applyLines(text.split(lineEnd), from, to)?.join(lineEnd);
    if (after !== undefined && saysTheSame(after, edited)) return after;
  }
  return undefined;
}

/**
 * Makes the changes from `from` to `to` in other lines, which may have more or fewer lines where nothing changes.
 * @returns undefined if they lack a line that is to be removed
 */
function applyLines(lines: readonly string[], from: readonly string[], to: readonly string[]): string[] | undefined {
  const places = placesIn(lines, from);
  const result = lines.map((line) => [line]);
  const first: string[] = [];
  let index = 0;
  for (const { added, removed, value } of diffArrays([...from], [...to])) {
    if (added) {
      const before = places.slice(0, index).findLast((place) => place !== undefined);
      const target = before === undefined ? first : result[before];
      target?.push(...value);
      continue;
    }
    for (const place of places.slice(index, index + value.length)) {
      if (!removed) continue;
      if (place === undefined) return undefined;
      result[place] = [];
    }
    index += value.length;
  }
  return [...first, ...result.flat()];
}

/** For each line of `from`, its index in `lines`; undefined where they lack it. */
function placesIn(lines: readonly string[], from: readonly string[]): (number | undefined)[] {
  const places: (number | undefined)[] = [];
  let index = 0;
  for (const { added, removed, value } of diffArrays([...from], [...lines])) {
    if (!added) places.push(...value.map((_, offset) => (removed ? undefined : index + offset)));
    if (!removed) index += value.length;
  }
  return places;
}

function saysTheSame(text: string, document: Document): boolean {
  const read = parseDocument(text);
  return read.errors.length === 0 && isDeepStrictEqual(read.toJS(), document.toJS());
}
