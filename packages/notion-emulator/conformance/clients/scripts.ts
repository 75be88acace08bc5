import type { NotionEmulator } from '../../src/index.ts';
import type { NodeRun } from './run-node.ts';

type Run = (script: string, args?: readonly string[]) => Promise<NodeRun>;

export interface ClientScript {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** @returns a line for each command that fails */
  run(emulator: NotionEmulator, node: Run): Promise<string[]>;
}

const BODY =
  '# Plan\n- one\n\t- two\n1. first\n- [x] done\n> quoted\n```javascript\nlet a;\n```\n---\n<callout icon="💡">\n\tMind\n</callout>';

function notes({ workspace }: NotionEmulator): { page: string; database: string; source: string } {
  const properties = { Name: { title: {} }, Due: { date: {} }, Tags: { multi_select: {} } };
  const { id, dataSourceId } = workspace.createDatabase({ title: 'Notes', properties });
  const page = workspace.createPage(id, { Name: 'First', Due: '2026-03-01', Tags: ['a'] }, undefined, BODY);
  return { page, database: id, source: dataSourceId };
}

const failed = (name: string, { code, output }: NodeRun, wanted?: string): string[] =>
  code === 0 && (wanted === undefined || output.includes(wanted)) ? [] : [`${name}: ${output.slice(-400)}`];

const cli: ClientScript = {
  name: 'notion-cli-agent',
  files: {},
  run: async (emulator, node) => {
    const { page, database } = notes(emulator);
    const commands: string[][] = [
      ['user', 'list'],
      ['search', 'First'],
      ['page', 'get', page],
      ['database', 'get', database],
      ['database', 'query', database],
      ['block', 'list', page],
      ['block', 'append', page, '--text', 'From the CLI'],
      ['comment', 'create', '--page', page, '--text', 'A comment'],
      ['comment', 'list', page],
      ['page', 'create', '--parent', database, '--title', 'Second'],
      ['export', 'page', page],
    ];
    const failures: string[] = [];
    for (const command of commands) {
      const run = await node('node_modules/notion-cli-agent/dist/cli.js', command);
      failures.push(...failed(command.join(' '), run));
    }
    return failures;
  },
};

const toMarkdown: ClientScript = {
  name: 'notion-to-md',
  files: {
    'to-md.mjs': `
import { Client } from '@notionhq/client';
import { NotionToMarkdown } from 'notion-to-md';
const notion = new Client({ auth: process.env.NOTION_TOKEN, baseUrl: process.env.NOTION_EMULATOR });
const reader = new NotionToMarkdown({ notionClient: notion });
console.log(reader.toMarkdownString(await reader.pageToMarkdown(process.argv[2])).parent);
`,
  },
  run: async (emulator, node) => failed('pageToMarkdown', await node('to-md.mjs', [notes(emulator).page]), 'quoted'),
};

const martian: ClientScript = {
  name: '@tryfabric/martian',
  files: {
    'martian.mjs': `
import { Client } from '@notionhq/client';
import martian from '@tryfabric/martian';
const notion = new Client({ auth: process.env.NOTION_TOKEN, baseUrl: process.env.NOTION_EMULATOR });
const text = '# Title\\n\\nSome **bold** [link](https://example.com).\\n\\n- a\\n  - b\\n\\n1. one\\n\\n> quote\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |\\n\\n![cat](https://example.com/cat.png)\\n\\n\`\`\`js\\nlet a;\\n\`\`\`\\n';
const children = martian.markdownToBlocks(text);
const parent = { page_id: process.argv[2] };
const page = await notion.pages.create({ parent, properties: { title: { title: [{ text: { content: 'M' } }] } }, children });
const { results } = await notion.blocks.children.list({ block_id: page.id });
console.log(results.map(({ type }) => type).join(' '));
`,
  },
  run: async ({ workspace: { rootPageId } }, node) =>
    failed('markdownToBlocks', await node('martian.mjs', [rootPageId]), 'table image code'),
};

const rotion: ClientScript = {
  name: 'rotion',
  files: {
    'rotion.mjs': `
import * as rotion from 'rotion';
const [database_id, page_id] = process.argv.slice(2);
const database = await rotion.FetchDatabase({ database_id });
const blocks = await rotion.FetchBlocks({ block_id: page_id });
console.log(database.results.length, blocks.results.length, 'read');
`,
  },
  run: async (emulator, node) => {
    const { page, database } = notes(emulator);
    return failed('FetchDatabase, FetchBlocks', await node('rotion.mjs', [database, page]), 'read');
  },
};

const astro: ClientScript = {
  name: 'notion-astro-loader',
  files: {
    'astro.mjs': `
import { register } from 'node:module';
// The loader imports modules that only Astro's own build has.
const stub = 'export const getImage = () => null, dim = (text) => text, z = {}, defineCollection = (each) => each;';
const resolve = 'export const resolve = (name, context, next) => name.startsWith("astro:") || name.startsWith("astro/") && !name.startsWith("astro/zod") ? { url: "data:text/javascript,' + encodeURIComponent(stub) + '", shortCircuit: true } : next(name, context);';
register('data:text/javascript,' + encodeURIComponent(resolve));
const { notionLoader } = await import('notion-astro-loader');
const loader = notionLoader({ auth: process.env.NOTION_TOKEN, database_id: process.argv[2] });
const entries = new Map();
const store = {
  get: (id) => entries.get(id), set: (entry) => entries.set(entry.id, entry), delete: (id) => entries.delete(id),
  keys: () => [...entries.keys()], has: (id) => entries.has(id), clear: () => entries.clear(),
};
const logger = { info() {}, debug() {}, warn: console.error, error: console.error, fork: () => logger };
await loader.load({ store, logger, parseData: async ({ data }) => data, generateDigest: JSON.stringify, meta: new Map() });
console.log(entries.size, 'loaded');
`,
  },
  run: async (emulator, node) => failed('load', await node('astro.mjs', [notes(emulator).database]), '1 loaded'),
};

export const SCRIPTS: readonly ClientScript[] = [cli, toMarkdown, martian, rotion, astro];
