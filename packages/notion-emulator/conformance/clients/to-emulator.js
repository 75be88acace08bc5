// Loaded into the clients' processes: sends requests for api.notion.com to the emulator, and leaves the clients as shipped.
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';

const HOST = 'api.notion.com';
const emulator = new URL(process.env.NOTION_EMULATOR ?? 'http://127.0.0.1:8300');

const ofFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.hostname !== HOST) return ofFetch(input, init);
  const target = new URL(url.pathname + url.search, emulator);
  return ofFetch(input instanceof Request ? new Request(target, input) : target, init);
};

const ofHttps = https.request;
https.request = (...given) => {
  const [first, ...rest] = given;
  const options =
    typeof first === 'string' || first instanceof URL ? { ...urlOptions(new URL(first)), ...rest[0] } : first;
  if ((options.hostname ?? options.host) !== HOST) return ofHttps(...given);
  const callback = given.find((each) => typeof each === 'function');
  const { agent: _agent, ...others } = options;
  const to = { protocol: 'http:', hostname: emulator.hostname, host: emulator.hostname, port: emulator.port };
  const headers = { ...options.headers, host: emulator.host };
  return http.request({ ...others, ...to, headers }, callback);
};
syncBuiltinESMExports();

const urlOptions = ({ hostname, pathname, search }) => ({ hostname, path: pathname + search });
