import { connect, createServer, type Server, type Socket } from 'node:net';

export interface TransactionPooler {
  readonly url: string;
  close(): Promise<void>;
}

const READY = 'Z'.charCodeAt(0);
const HEAD = 5;

/** A session of PostgreSQL, lent to one client at a time. */
interface Backend {
  readonly socket: Socket;
  client: Socket | null;
}

/**
 * A pooler as PgBouncer with `pool_mode = transaction`: a client gets a session for each transaction, the one that was
 * used last. It needs a server without passwords.
 */
export async function startTransactionPooler(databaseUrl: string): Promise<TransactionPooler> {
  const to = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const idle: Backend[] = [];
  const open = (startup: Buffer): Promise<Backend> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: to.hostname, port: Number(to.port || 5432) });
      sockets.add(socket);
      const backend: Backend = { socket, client: null };
      socket.once('error', reject);
      socket.write(startup);
      onReady(socket, (message, status) => {
        if (backend.client === null) return resolve(backend);
        backend.client.write(message);
        if (status !== 'I') return;
        backend.client = null;
        idle.unshift(backend);
      });
    });

  const pooler: Server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    let startup: Buffer | null = null;
    let last: Promise<unknown> = Promise.resolve();
    let held: Backend | null = null;
    client.on('data', (data) => {
      if (startup === null) {
        startup = data;
        // AuthenticationOk, and ReadyForQuery.
        client.write(Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]));
        return;
      }
      if (data[0] === 'X'.charCodeAt(0)) return void client.end();
      const first = startup;
      last = last.then(async () => {
        if (held === null || held.client !== client) held = idle.shift() ?? (await open(first));
        held.client = client;
        held.socket.write(data);
      });
    });
  });
  await new Promise<void>((resolve) => pooler.listen(0, '127.0.0.1', resolve));
  const address = pooler.address();
  const url = new URL(databaseUrl);
  url.port = String(typeof address === 'object' && address ? address.port : 0);
  url.hostname = '127.0.0.1';
  return {
    url: url.href,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => pooler.close(resolve));
    },
  };
}

/** Calls with what came up to each ReadyForQuery, and its transaction status. */
function onReady(socket: Socket, ready: (messages: Buffer, status: string) => void): void {
  let rest = Buffer.alloc(0);
  let from = 0;
  socket.on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= from + HEAD) {
      const end = from + 1 + rest.readInt32BE(from + 1);
      if (rest.length < end) return;
      const isReady = rest[from] === READY;
      from = end;
      if (!isReady) continue;
      ready(rest.subarray(0, end), String.fromCharCode(rest[end - 1] ?? 0));
      rest = rest.subarray(end);
      from = 0;
    }
  });
}

function message(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(HEAD);
  head.write(type);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}
