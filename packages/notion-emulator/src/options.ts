import { randomUUID } from 'node:crypto';
import type { Option, Property } from './model.ts';
import { SELECT_COLORS } from './notion-types.ts';

/** Creates a select option with the next color. */
export const newOption = (name: string, position: number): Option => ({
  id: randomUUID(),
  name,
  color: SELECT_COLORS[position % SELECT_COLORS.length] ?? 'default',
  description: null,
});

/** The property with these options; the same object when they are unchanged. */
export function withOptions(property: Property, options: readonly Option[]): Property {
  const { config } = property;
  if (!('options' in config) || config.options === options) return property;
  return { ...property, config: { ...config, options } };
}
