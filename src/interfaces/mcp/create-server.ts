import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { Database } from '../../database/client.ts';
import { LockstepError } from '../../errors.ts';
import { answer } from '../tools/answer.ts';
import { describeTables } from '../tools/describe-tables.ts';
import { entityNames } from '../tools/find.ts';
import { toolNamed, tools } from '../tools/index.ts';
import type { Tool, ToolContext } from '../tools/tool.ts';

export interface McpOptions {
  readonly database: Database;
  readonly timeZone: string;
  readonly version: string;
  readonly say: (line: string) => void;
}

const INSTRUCTIONS = `Lockstep keeps the owner's tasks, notes, goals, projects, people, films, games and calendar in PostgreSQL, and in step with Notion and Google Calendar. What a tool writes here is in Notion with the next sync, within minutes. Use find for ids, and today for what is due. Where a tool answers «unclear», nothing was written: ask the user which record is meant, and call again with its id.`;

const key = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('any text of yours for this one call: given again with the same call, nothing is written twice');

/** One server for one connection, with all the tools, and what can be read without a call. */
export function createMcpServer(options: McpOptions): McpServer {
  const server = new McpServer(
    { name: 'lockstep', title: 'Lockstep', version: options.version },
    { instructions: INSTRUCTIONS },
  );
  for (const tool of tools) addTool(server, tool, options);
  addResources(server, options);
  return server;
}

const contextOf = ({ database, timeZone }: McpOptions): ToolContext => ({
  ...{ database, timeZone, source: 'mcp' },
  now: new Date(),
});

function addTool(server: McpServer, tool: Tool, options: McpOptions): void {
  const { name, title, description, input, writes } = tool;
  server.registerTool(
    name,
    {
      ...{ title, description, outputSchema: answer },
      inputSchema: writes ? input.extend({ idempotency_key: key }) : input,
      annotations: { readOnlyHint: !writes, destructiveHint: false, openWorldHint: false },
    },
    async ({ idempotency_key: deliveryKey, ...values }): Promise<CallToolResult> => {
      const context = contextOf(options);
      try {
        const said = await tool.call(typeof deliveryKey === 'string' ? { ...context, deliveryKey } : context, values);
        return { content: [{ type: 'text', text: textOf(said) }], structuredContent: said };
      } catch (error) {
        return { content: [{ type: 'text', text: lineOf(error, options) }], isError: true };
      }
    },
  );
}

/** Many clients show a model the text alone: it needs the ids. */
const textOf = ({ text, records }: z.output<typeof answer>): string =>
  [text, ...records.map(({ entity, id, title }) => `[${entity} ${id}] ${title}`)].join('\n');

/** A fault of ours is told where the server runs, and not to whoever asks. */
function lineOf(error: unknown, { say }: McpOptions): string {
  if (error instanceof LockstepError) return error.message;
  say(`unexpected: ${error instanceof Error ? error.stack : String(error)}`);
  return 'something went wrong in Lockstep itself, and nothing was written; its log says what';
}

function addResources(server: McpServer, options: McpOptions): void {
  const reads = (name: string, uri: string, title: string, description: string, tool: string): void => {
    server.registerResource(name, uri, { title, description, mimeType: 'text/plain' }, async ({ href }) => ({
      contents: [{ uri: href, mimeType: 'text/plain', text: await read(tool, {}, options) }],
    }));
  };
  reads('today', 'lockstep://today', 'Today', 'What is due today and overdue, and the calendar.', 'today');
  reads('changes', 'lockstep://changes', 'Changes', 'What the sync has changed in the last day.', 'list_changes');
  server.registerResource(
    'entities',
    'lockstep://entities',
    {
      title: 'The tables',
      description: 'Every table with its columns, their types, options and bounds.',
      mimeType: 'application/json',
    },
    ({ href }) => ({
      contents: [{ uri: href, mimeType: 'application/json', text: JSON.stringify(describeTables(), null, 2) }],
    }),
  );
  server.registerResource(
    'record',
    new ResourceTemplate('lockstep://{entity}/{id}', {
      list: undefined,
      complete: { entity: (begun) => entityNames.filter((name) => name.startsWith(begun)) },
    }),
    { title: 'A record', description: 'All fields of one record.', mimeType: 'application/json' },
    async ({ href }, { entity, id }) => ({
      contents: [{ uri: href, mimeType: 'application/json', text: await read('get_record', { entity, id }, options) }],
    }),
  );
}

/** @throws Error with one line that may be shown */
async function read(tool: string, input: object, options: McpOptions): Promise<string> {
  try {
    return (await toolNamed(tool).call(contextOf(options), input)).text;
  } catch (error) {
    throw new Error(lineOf(error, options));
  }
}
