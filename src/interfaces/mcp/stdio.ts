import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createMcpServer, type McpOptions } from './create-server.ts';

/** A line that is longer ends the connection; one that is shorter is refused by the tool, which says why. */
const LONGEST_LINE = 64 * 1024 * 1024;

/**
 * Serves the one client that started this process, until it or the signal ends that; what was asked before is answered.
 * @param out gets the protocol, and nothing else may be written there
 */
export async function serveStdio(
  options: McpOptions,
  { input, out, signal }: { readonly input: Readable; readonly out: Writable; readonly signal: AbortSignal },
): Promise<void> {
  const server = createMcpServer(options);
  const transport = new StdioServerTransport(input, out, { maxBufferSize: LONGEST_LINE });
  server.server.onerror = (error) => options.say(`a message was not read: ${error.message.split('\n')[0]}`);
  const ended = new Promise<void>((resolve) => {
    const end = (): void => resolve();
    input.once('end', end).once('close', end);
    out.once('error', end);
    signal.addEventListener('abort', end, { once: true });
    server.server.onclose = end;
  });
  const connected = server.connect(transport);
  const allAnswered = watchAnswers(transport);
  await connected;
  await ended;
  if (out.writable) await allAnswered();
  await server.close();
}

/** @returns what resolves when every request that came has its answer */
function watchAnswers(transport: StdioServerTransport): () => Promise<void> {
  const open = new Set<string | number>();
  let settle = (): void => undefined;
  const take = transport.onmessage;
  transport.onmessage = (message) => {
    if ('method' in message && 'id' in message) open.add(message.id);
    take?.(message);
  };
  const send = transport.send.bind(transport);
  transport.send = async (message) => {
    await send(message);
    if (!('method' in message) && 'id' in message && message.id !== undefined) open.delete(message.id);
    if (open.size === 0) settle();
  };
  return () =>
    new Promise((resolve) => {
      settle = resolve;
      if (open.size === 0) resolve();
    });
}
