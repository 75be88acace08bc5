import { isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { type DefinitionEdit, nameOfListed, toContent } from './definition-edit.ts';

/** Edits a definition in YAML, and keeps its comments. @returns undefined if it has no list of entities */
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
  return document.toString({ lineWidth: 0 });
}
