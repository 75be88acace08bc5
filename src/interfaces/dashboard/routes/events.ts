import type { DoctorState } from '../../../operations/doctor/background-doctor.ts';
import { readChangeMarker } from '../../../operations/status/change-marker.ts';
import { HttpError, type StreamConnection } from '../../../shared/http-service.ts';
import { ChangeFeed } from '../change-feed.ts';
import { eventStream } from '../reply.ts';
import type { Temporal } from '../temporal.ts';
import type { RoutesOf, Visit } from './route.ts';

const DATABASE_MS = 1_000;
const TEMPORAL_MS = 2_000;
/** The plan and the doctor are in this process. */
const OWN_MS = 300;
const KEEP_ALIVE_MS = 15_000;
const MAX_CONNECTIONS = 50;

/** Tells open pages that what they show has changed. */
export const eventRoutes: RoutesOf = ({ database, temporal, plans, setup, say }) => {
  const probes = [
    { read: () => readChangeMarker(database), everyMs: DATABASE_MS },
    { read: () => temporalMarker(temporal), everyMs: TEMPORAL_MS },
    { read: async () => plans?.marker ?? '', everyMs: OWN_MS },
    { read: async () => doctorMarker(setup.doctor.state), everyMs: OWN_MS },
  ];
  const feed = new ChangeFeed(probes, (line) => say(`dashboard: ${line}`));
  return [
    {
      method: 'GET',
      path: /^\/events$/,
      handle: async (visit) => {
        if (feed.listenerCount >= MAX_CONNECTIONS) {
          throw new HttpError(503, 'Too many pages are open: this one does not refresh itself.');
        }
        return eventStream((connection) => stream(feed, visit, connection));
      },
    },
  ];
};

function stream(feed: ChangeFeed, { query, isStillSignedIn }: Visit, connection: StreamConnection): void {
  const send = (text: string): void => (isStillSignedIn() ? connection.write(text) : connection.end());
  send(': connected\n\n');
  if (connection.signal.aborted) return;
  const keepAlive = setInterval(() => send(': open\n\n'), KEEP_ALIVE_MS);
  connection.signal.addEventListener('abort', () => clearInterval(keepAlive), { once: true });
  const since = Date.parse(query.get('since') ?? '') || 0;
  feed.listen(() => send('data: changed\n\n'), since, connection.signal);
}

const doctorMarker = ({ runningSince, last }: DoctorState): string => JSON.stringify([runningSince, last?.at]);

/** The open workflows and their progress, but no times. */
async function temporalMarker(temporal: Temporal): Promise<string> {
  const { isPaused, open, progress } = await temporal.look();
  return JSON.stringify([isPaused, open, [...progress]]);
}
