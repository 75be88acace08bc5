import type {
  Client,
  DatabaseObjectResponse,
  DataSourceObjectResponse,
  PageObjectResponse,
  RichTextItemResponse,
} from '@notionhq/client';

/** Types that the client does not export by name. */
export type PagePropertyResponse = PageObjectResponse['properties'][string];
export type PropertyConfigResponse = DataSourceObjectResponse['properties'][string];
export type IconResponse = DatabaseObjectResponse['icon'];
export type CoverResponse = PageObjectResponse['cover'];
export type MentionResponse = Extract<RichTextItemResponse, { type: 'mention' }>['mention'];
export type ApiColor = RichTextItemResponse['annotations']['color'];
export type PageMarkdownResponse = Awaited<ReturnType<Client['pages']['retrieveMarkdown']>>;
export type TemplatesResponse = Awaited<ReturnType<Client['dataSources']['listTemplates']>>;
export type RollupFunction = Extract<PropertyConfigResponse, { type: 'rollup' }>['rollup']['function'];
export type SelectColor = Extract<PropertyConfigResponse, { type: 'select' }>['select']['options'][number]['color'];

export const SELECT_COLORS: readonly SelectColor[] = [
  'default',
  'gray',
  'brown',
  'orange',
  'yellow',
  'green',
  'blue',
  'purple',
  'pink',
  'red',
];

export const API_COLORS: readonly ApiColor[] = [
  ...SELECT_COLORS,
  'gray_background',
  'brown_background',
  'orange_background',
  'yellow_background',
  'green_background',
  'blue_background',
  'purple_background',
  'pink_background',
  'red_background',
  'default_background',
];
