import { invalid } from './api-error.ts';
import { text } from './expect.ts';
import { findProperty } from './find-property.ts';
import type { DataSource, FormulaResult, PropertyType } from './model.ts';
import type { PagePropertyResponse } from './notion-types.ts';
import { WORKSPACE_ID } from './render-users.ts';
import { renderedText } from './rich-text.ts';

const REFERENCE = /prop\(\s*"((?:[^"\\]|\\.)*)"\s*\)/g;
const TOKEN = /\{\{notion:block_property:([^:}]+):[^}]*\}\}/g;
const ONLY_TOKEN = /^\{\{notion:block_property:([^:}]+):[^}]*\}\}$/;

/**
 * Reads the expression of a formula. Answers show a reference to a property as
 * `{{notion:block_property:…}}` instead of `prop("Name")`, so a renamed property is still found.
 * @see https://developers.notion.com/reference/property-object#formula
 * @throws NotionError 400 for a property that does not exist
 */
export function acceptExpression(given: unknown, path: string, source: DataSource): string {
  const expression = text(given, path);
  const tokenOf = (key: string): string => {
    const property = findProperty(source, key);
    if (!property) throw invalid('Type error with formula');
    return `{{notion:block_property:${encodeURIComponent(property.id)}:${source.id}:${WORKSPACE_ID}}}`;
  };
  return expression
    .replaceAll(TOKEN, (_, id: string) => tokenOf(id))
    .replaceAll(REFERENCE, (_, name: string) => tokenOf(name.replaceAll(/\\(.)/g, '$1')));
}

/** The encoded id of the only property in the expression, if the formula is nothing but its value. */
export const referenceIn = (expression: string): string | undefined => ONLY_TOKEN.exec(expression.trim())?.[1];

/** The type of a formula that is the value of such a property; null when the emulator does not compute it. */
export function resultTypeOf(type: PropertyType): FormulaResult['type'] | null {
  switch (type) {
    case 'title':
    case 'rich_text':
    case 'url':
    case 'email':
    case 'phone_number':
    case 'select':
    case 'status':
      return 'string';
    case 'number':
      return 'number';
    case 'checkbox':
      return 'boolean';
    case 'date':
    case 'created_time':
    case 'last_edited_time':
      return 'date';
    default:
      return null;
  }
}

/** The result of a formula that is the value of a property; null when the emulator does not compute it. */
export function resultFrom(value: PagePropertyResponse): FormulaResult | null {
  const instant = (time: string): FormulaResult => ({
    type: 'date',
    date: { start: time.replace('Z', '+00:00'), end: null, time_zone: null },
  });
  switch (value.type) {
    case 'title':
      return { type: 'string', string: renderedText(value.title) || null };
    case 'rich_text':
      return { type: 'string', string: renderedText(value.rich_text) || null };
    case 'url':
      return { type: 'string', string: value.url };
    case 'email':
      return { type: 'string', string: value.email };
    case 'phone_number':
      return { type: 'string', string: value.phone_number };
    case 'select':
      return { type: 'string', string: value.select?.name ?? null };
    case 'status':
      return { type: 'string', string: value.status?.name ?? null };
    case 'number':
      return { type: 'number', number: value.number };
    case 'checkbox':
      return { type: 'boolean', boolean: value.checkbox };
    case 'date':
      return { type: 'date', date: value.date };
    case 'created_time':
      return instant(value.created_time);
    case 'last_edited_time':
      return instant(value.last_edited_time);
    default:
      return null;
  }
}
