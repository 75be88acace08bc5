import { invalid } from './api-error.ts';
import { choice, type JsonObject, list, object, text } from './expect.ts';
import type { Option } from './model.ts';
import { SELECT_COLORS } from './notion-types.ts';
import { newOption } from './options.ts';

/** The list replaces the previous one. Options that are not in it are removed from all pages. */
export function acceptOptions(given: unknown, path: string, known: readonly Option[], type: string): Option[] {
  if (given === undefined) return known.length > 0 || type !== 'status' ? [...known] : defaultStatuses();
  const options = list(given, path, 100).map((entry, index): Option => {
    const at = `${path}[${index}]`;
    const body = object(entry, at, ['id', 'name', 'color', 'description']);
    const color = body.color === undefined ? undefined : choice(body.color, `${at}.color`, SELECT_COLORS);
    const before = knownOption(known, body);
    // Notion ignores a new name without an error, but refuses a new color.
    if (before && color && color !== before.color) {
      throw invalid(`Cannot update color of ${type} with name: ${before.name}.`);
    }
    if (before) return before;
    if (body.id !== undefined) throw invalid(`${at}: there is no ${type} option with the id ${String(body.id)}.`);
    const name = text(body.name, `${at}.name`, { min: 1, max: 100 });
    if (name.includes(',')) throw invalid(`Invalid ${type} option, commas not allowed: ${name}`);
    const made = newOption(name, index);
    return color ? { ...made, color } : made;
  });
  const names = options.map((option) => option.name);
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) throw invalid(`${path}: the option ${double} is listed twice.`);
  return options;
}

const knownOption = (known: readonly Option[], { id, name }: JsonObject): Option | undefined =>
  known.find((option) => (id === undefined ? option.name === String(name) : option.id === id));

const defaultStatuses = (): Option[] => ['Not started', 'In progress', 'Done'].map(newOption);
