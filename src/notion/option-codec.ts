import type { OptionField } from '../entities/define.ts';
import { closestOption } from '../entities/option-names.ts';
import { RecordError } from '../errors.ts';
import { toStorableText } from '../shared/storable-text.ts';
import type { KnownProperty } from './schema.ts';
import { checkCount, checkLength } from './value-limits.ts';

const MAX_OPTION_LENGTH = 100;

interface NamedOption {
  readonly id: string;
  readonly name: string;
}

export type OptionWrite = { readonly id: string } | { readonly name: string };

/** An option renamed since the schema was read keeps its old name, in pages and rows, until the schema is read again. */
export const optionName = (option: NamedOption | null, known: KnownProperty | undefined): string | null =>
  option && toStorableText(known?.options?.[option.id] ?? option.name);

/** The names of the chosen options, in Notion's order. */
export const optionNames = (options: readonly NamedOption[], known: KnownProperty | undefined): readonly string[] => [
  ...new Set(options.flatMap((option) => optionName(option, known) || [])),
];

/** By id if known, so that an option renamed at the same time is not created again under its old name. */
export function encodeOption(
  { property }: OptionField,
  wanted: string | null,
  known: KnownProperty | undefined,
): OptionWrite | null {
  const name = checkLength(property, wanted, MAX_OPTION_LENGTH);
  if (name === null) return null;
  // A script may write Notion's name of an option that has another one in SQL.
  const named = [...Object.entries(known?.namesInNotion ?? {}), ...Object.entries(known?.options ?? {})];
  const ids = new Map(named.map(([id, option]) => [toStorableText(option), id]));
  // A status gets no new option from a page.
  const meant = known?.type === 'status' ? closestOption([...ids.keys()], name) : name;
  const id = meant === undefined ? undefined : ids.get(meant);
  if (id !== undefined) return { id };
  if (name.includes(',')) {
    throw new RecordError(
      'option_name',
      `Notion refuses commas in option names: "${property}" cannot be set to "${name}".`,
    );
  }
  if (known?.type === 'status') {
    throw new RecordError(
      'option_missing',
      `"${property}" has no option "${name}" in Notion, and writing a page cannot add an option to a status: run \`lockstep doctor --fix\`, or add it in Notion.`,
    );
  }
  return { name };
}

/** Unknown names create options. */
export function encodeOptions(
  field: OptionField,
  names: readonly string[],
  known: KnownProperty | undefined,
): OptionWrite[] {
  checkCount(field.property, names, 'options');
  return names.flatMap((name) => encodeOption(field, name, known) ?? []);
}
