import { createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fillSampleWorkspace } from '/app/dist/embedded/sample-workspace/sample-workspace.js';
import { startNotionEmulator } from '/app/packages/notion-emulator/dist/index.js';

// The emulator answers requests of its own machine only: this passes on those of other containers. PUT /delay/MS slows
// each request down, and /delay/ is always answered.
const emulator = await startNotionEmulator({
  token: 'ntn_lockstep_ci',
  integrationName: 'Lockstep',
  dataFile: '/data/notion.jsonl',
  requestsPerMinute: 6_000,
});
fillSampleWorkspace(emulator.workspace, new Date().toISOString().slice(0, 10), 'UTC');
const { host, hostname, port } = new URL(emulator.url);
let delay = 0;
createServer(async (incoming, outgoing) => {
  const [, asked] = /^\/delay\/(\d*)$/.exec(incoming.url) ?? [];
  if (asked !== undefined) {
    delay = Number(asked || delay);
    outgoing.end(String(delay));
    return;
  }
  await sleep(delay);
  const { method, url: path, headers } = incoming;
  const passedOn = request({ hostname, port, method, path, headers: { ...headers, host } }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  passedOn.once('error', () => outgoing.destroy());
  incoming.pipe(passedOn);
}).listen(8300);
process.once('SIGTERM', () => process.exit());
