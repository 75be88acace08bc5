import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createMcpServer, type McpOptions } from './create-server.ts';

/** A longer line ends the connection; a shorter one is refused by the tool, with the reason. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Serves the client that started this process, until the client or the signal ends it. Requests in progress are answered.
 * @param out carries the protocol only
 */
export async function serveStdio(
  options: McpOptions,
  { input, out, signal }: { readonly input: Readable; readonly out: Writable; readonly signal: AbortSignal },
): Promise<void> {
  const server = createMcpServer(options);
  const transport = new StdioServerTransport(input, out, { maxBufferSize: MAX_LINE_BYTES });
  server.server.onerror = (error) => options.say(`a message could not be read: ${error.message.split('\n')[0]}`);
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

/** @returns a function that resolves when every request has been answered */
function watchAnswers(transport: StdioServerTransport): () => Promise<void> {
  const open = new Set<string | number>();
  let finish = (): void => undefined;
  const receive = transport.onmessage;
  transport.onmessage = (message) => {
    if ('method' in message && 'id' in message) open.add(message.id);
    receive?.(message);
  };
  const send = transport.send.bind(transport);
  transport.send = async (message) => {
    await send(message);
    if (!('method' in message) && 'id' in message && message.id !== undefined) open.delete(message.id);
    if (open.size === 0) finish();
  };
  return () =>
    new Promise((resolve) => {
      finish = resolve;
      if (open.size === 0) resolve();
    });
}
