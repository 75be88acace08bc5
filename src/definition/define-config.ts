import type { WorkspaceDefinition } from './schema.ts';

export {
  backLink,
  body,
  checkbox,
  computed,
  date,
  email,
  files,
  multiSelect,
  number,
  people,
  phoneNumber,
  place,
  relationToMany,
  relationToOne,
  richText,
  select,
  timestamp,
  title,
  url,
  verification,
} from '../entities/define.ts';

/** Types the content of `lockstep.config.ts`. */
export const defineConfig = (definition: WorkspaceDefinition): WorkspaceDefinition => definition;
