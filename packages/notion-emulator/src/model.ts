import type { Block } from './blocks/model.ts';
import type { ApiColor, SelectColor } from './notion-types.ts';

/**
 * What the emulator keeps. Rows are replaced, never changed, so that an old
 * version stays what it was.
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
  | { readonly type: 'page'; readonly id: string }
  | { readonly type: 'database'; readonly id: string }
  | { readonly type: 'date'; readonly date: StoredDate }
  | { readonly type: 'template_date'; readonly value: 'today' | 'now' }
  | { readonly type: 'template_user' }
  | { readonly type: 'custom_emoji'; readonly id: string; readonly name: string };

/** A stretch of rich text. */
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

/** A property's value on one page. Options are held by id: renaming one changes every page that shows it. */
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
  | { readonly type: 'relation'; readonly pages: readonly string[] };

export interface Option {
  readonly id: string;
  readonly name: string;
  readonly color: SelectColor;
  readonly description: string | null;
}

export type PropertyConfig =
  | {
      readonly type:
        | Exclude<Value['type'], 'number' | 'select' | 'multi_select' | 'status' | 'relation'>
        | ComputedType;
    }
  | { readonly type: 'number'; readonly format: string }
  | { readonly type: 'select' | 'multi_select' | 'status'; readonly options: readonly Option[] }
  /** `counterpart`: the property on the other side of a two-way relation. */
  | { readonly type: 'relation'; readonly dataSourceId: string; readonly counterpart: string | null };

type ComputedType = 'created_time' | 'created_by' | 'last_edited_time' | 'last_edited_by';
export type PropertyType = PropertyConfig['type'];

export interface Property {
  /** As Notion keeps it; answered percent-encoded. */
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly config: PropertyConfig;
}

interface Stamps {
  /** Milliseconds; answered floored to the minute. */
  readonly createdAt: number;
  readonly editedAt: number;
  readonly createdBy: string;
  readonly editedBy: string;
}

/** As a page, a database or neither shows it. */
export type Icon = { readonly emoji: string } | { readonly external: string } | null;

export interface Page extends Stamps {
  readonly id: string;
  /** Null: a page of the workspace itself, or below another page. */
  readonly dataSourceId: string | null;
  /** The page in whose body it stands. */
  readonly parentPageId?: string;
  /** By property id. */
  readonly values: Readonly<Record<string, Value>>;
  readonly trashed: boolean;
  readonly archived: boolean;
  readonly locked: boolean;
  readonly icon: Icon;
  readonly cover: string | null;
  /** Bot ids that may not see it. */
  readonly hiddenFrom: readonly string[];
}

/** What is below a page's title. */
export interface Body {
  readonly pageId: string;
  readonly blocks: readonly Block[];
  /** How many of its blocks one reading gives before it is truncated; null for all. */
  readonly loaded: number | null;
}

export interface DataSource extends Stamps {
  readonly id: string;
  readonly databaseId: string;
  readonly title: readonly Run[];
  readonly properties: readonly Property[];
  readonly trashed: boolean;
  readonly icon: Icon;
}

export interface Database extends Stamps {
  readonly id: string;
  /** Null: it stands in the workspace itself. */
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

/** A token's holder. Never written to the journal: tokens stay in memory. */
export interface Integration {
  readonly token: string;
  readonly botId: string;
  readonly capabilities: Capabilities;
}

export interface Capabilities {
  readonly read: boolean;
  readonly insert: boolean;
  readonly update: boolean;
}

/** The database's part of «is it in the trash», and its pages'. */
export interface View {
  page(id: string): Page | undefined;
  pagesOf(dataSourceId: string): Iterable<Page>;
}
