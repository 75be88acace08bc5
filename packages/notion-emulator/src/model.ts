import type { Block } from './blocks/model.ts';
import type { ApiColor, RollupFunction, SelectColor } from './notion-types.ts';

/**
 * The rows that the emulator stores. They are replaced, never mutated, so that an
 * older version of a row stays valid.
 */
export interface Annotations {
  readonly bold: boolean;
  readonly italic: boolean;
  readonly strikethrough: boolean;
  readonly underline: boolean;
  readonly code: boolean;
  readonly color: ApiColor;
}

export type Mention =
  | { readonly type: 'user'; readonly id: string }
  /** `block`: a block of the page, and its text. */
  | { readonly type: 'page'; readonly id: string; readonly block?: { readonly id: string; readonly text: string } }
  /** A link that Notion's own app shows with its title. The API cannot write it. */
  | { readonly type: 'link_mention'; readonly href: string; readonly title: string | null }
  | { readonly type: 'database'; readonly id: string }
  | { readonly type: 'date'; readonly date: StoredDate }
  | { readonly type: 'template_date'; readonly value: 'today' | 'now' }
  | { readonly type: 'template_user' }
  | { readonly type: 'custom_emoji'; readonly id: string; readonly name: string };

/** A piece of rich text. */
export type Run = { readonly annotations: Annotations } & (
  | { readonly type: 'text'; readonly text: string; readonly link: string | null }
  | { readonly type: 'mention'; readonly mention: Mention }
  | { readonly type: 'equation'; readonly expression: string }
);

export interface StoredDate {
  readonly start: string;
  readonly end: string | null;
  readonly time_zone: string | null;
}

export interface ExternalFile {
  readonly name: string;
  readonly url: string;
}

/** A property's value on one page. Options are stored by id, so renaming one changes all pages. */
export type Value =
  | { readonly type: 'title' | 'rich_text'; readonly runs: readonly Run[] }
  | { readonly type: 'number'; readonly number: number | null }
  | { readonly type: 'checkbox'; readonly checked: boolean }
  | { readonly type: 'select' | 'status'; readonly option: string | null }
  | { readonly type: 'multi_select'; readonly options: readonly string[] }
  | { readonly type: 'date'; readonly date: StoredDate | null }
  | { readonly type: 'people'; readonly users: readonly string[] }
  | { readonly type: 'files'; readonly files: readonly ExternalFile[] }
  | { readonly type: 'url' | 'email' | 'phone_number'; readonly text: string | null }
  | { readonly type: 'relation'; readonly pages: readonly string[] }
  | { readonly type: 'place'; readonly place: Place | null }
  | { readonly type: 'verification'; readonly verification: Verification | null }
  | { readonly type: 'unique_id'; readonly number: number }
  /** A result that a person set, for an expression that the emulator does not compute. */
  | { readonly type: 'formula'; readonly result: FormulaResult };

export interface Place {
  readonly lat: number;
  readonly lon: number;
  readonly name: string | null;
  readonly address: string | null;
  readonly aws_place_id: string | null;
  readonly google_place_id: string | null;
}

export interface Verification {
  readonly by: string;
  /** Null when it does not expire. */
  readonly date: StoredDate | null;
}

export type FormulaResult =
  | { readonly type: 'string'; readonly string: string | null }
  | { readonly type: 'number'; readonly number: number | null }
  | { readonly type: 'boolean'; readonly boolean: boolean | null }
  | { readonly type: 'date'; readonly date: StoredDate | null };

export interface Option {
  readonly id: string;
  readonly name: string;
  readonly color: SelectColor;
  readonly description: string | null;
}

export type PropertyConfig =
  | {
      readonly type:
        | Exclude<Value['type'], 'number' | 'select' | 'multi_select' | 'status' | 'relation' | 'unique_id' | 'formula'>
        | StampType
        | 'button';
    }
  | { readonly type: 'number'; readonly format: string }
  | { readonly type: 'select' | 'multi_select' | 'status'; readonly options: readonly Option[] }
  /** `counterpart`: the other property of a two-way relation. */
  | { readonly type: 'relation'; readonly dataSourceId: string; readonly counterpart: string | null }
  /** `isTyped`: Notion knows the type of the result, because the formula was made in its own app. */
  | { readonly type: 'formula'; readonly expression: string; readonly isTyped: boolean }
  | RollupConfig
  | { readonly type: 'unique_id'; readonly prefix: string | null };

export interface RollupConfig {
  readonly type: 'rollup';
  /** The id of the relation in the same data source. */
  readonly relation: string;
  /** The id of a property in the related data source. */
  readonly target: string;
  readonly function: RollupFunction;
}

type StampType = 'created_time' | 'created_by' | 'last_edited_time' | 'last_edited_by';
export type PropertyType = PropertyConfig['type'];

export interface Property {
  /** Unencoded; the API returns it percent-encoded. */
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly config: PropertyConfig;
}

interface Stamps {
  /** In milliseconds; the API rounds it down to the minute. */
  readonly createdAt: number;
  readonly editedAt: number;
  readonly createdBy: string;
  readonly editedBy: string;
}

/** The icon of a page or database. */
export type Icon = { readonly emoji: string } | { readonly external: string } | { readonly file: string } | null;

export interface Page extends Stamps {
  readonly id: string;
  /** Null for a top-level page or a page inside another page. */
  readonly dataSourceId: string | null;
  /** The page that contains it. */
  readonly parentPageId?: string;
  /** By property id. */
  readonly values: Readonly<Record<string, Value>>;
  readonly trashed: boolean;
  readonly archived: boolean;
  readonly locked: boolean;
  readonly icon: Icon;
  readonly cover: string | null;
  /** The ids of bots that cannot see it. */
  readonly hiddenFrom: readonly string[];
  /** A template of its data source, which no query returns. */
  readonly template?: { readonly isDefault: boolean };
}

/** A page's content below its title. */
export interface Body {
  readonly pageId: string;
  readonly blocks: readonly Block[];
  /** Deleted blocks, newest last. They can be read and restored. */
  readonly deleted?: readonly DeletedBlock[];
  /** How many blocks a read returns before it is truncated; null for all. */
  readonly loaded: number | null;
}

export interface DeletedBlock {
  readonly block: Block;
  /** The block that contained it; null for the page. */
  readonly parentId: string | null;
  /** Its place among its siblings. */
  readonly index: number;
}

export interface DataSource extends Stamps {
  readonly id: string;
  readonly databaseId: string;
  readonly title: readonly Run[];
  readonly properties: readonly Property[];
  readonly trashed: boolean;
  readonly icon: Icon;
  /** The last number of its unique_id property. */
  readonly lastUniqueId?: number;
}

export interface Database extends Stamps {
  readonly id: string;
  /** Null for a top-level database. */
  readonly parentPageId: string | null;
  readonly title: readonly Run[];
  readonly description: readonly Run[];
  readonly inline: boolean;
  readonly locked: boolean;
  readonly trashed: boolean;
  readonly icon: Icon;
  readonly cover: string | null;
  readonly dataSourceIds: readonly string[];
  readonly hiddenFrom: readonly string[];
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly kind: 'person' | 'bot';
  readonly email?: string;
}

/** The integration of a token. Never written to the journal: tokens stay in memory. */
export interface Integration {
  readonly token: string;
  readonly botId: string;
  readonly name: string;
  readonly capabilities: Capabilities;
}

export interface Capabilities {
  readonly read: boolean;
  readonly insert: boolean;
  readonly update: boolean;
  /** Reading users. */
  readonly users: boolean;
}

/** The pages of the workspace, now or at an earlier time. */
export interface PageView {
  page(id: string): Page | undefined;
  pagesOf(dataSourceId: string): Iterable<Page>;
}

/** A file that an integration sent. Its content is not kept. */
export interface FileUpload {
  readonly id: string;
  readonly filename: string | null;
  readonly contentType: string | null;
  /** In bytes; null until it was sent. */
  readonly contentLength: number | null;
  readonly mode: 'single_part' | 'multi_part' | 'external_url';
  readonly parts: { readonly total: number; readonly sent: number };
  readonly status: 'pending' | 'uploaded' | 'expired' | 'failed';
  readonly attached: boolean;
  readonly createdAt: number;
  readonly editedAt: number;
  readonly expiresAt: number;
  readonly createdBy: string;
}

export interface Comment {
  readonly id: string;
  readonly discussionId: string;
  readonly parent: { readonly type: 'page_id' | 'block_id'; readonly id: string };
  readonly runs: readonly Run[];
  readonly createdAt: number;
  readonly editedAt: number;
  readonly createdBy: string;
  readonly deleted: boolean;
}

/** A view of a database. Its filter and sorts are kept as they were written. */
export interface View extends Stamps {
  readonly id: string;
  readonly databaseId: string;
  readonly dataSourceId: string | null;
  readonly name: string;
  readonly type: string;
  readonly filter: unknown;
  readonly sorts: unknown;
  readonly quickFilters: unknown;
  readonly configuration: unknown;
  readonly deleted: boolean;
}
