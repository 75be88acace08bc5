import { z } from 'zod';
import { NotionError, notSupported } from './api-error.ts';
import { rateLimited } from './budget.ts';
import type { RequestKind } from './router.ts';

const afterCommit = z.boolean().default(false);

/** A planned fault: which requests, how often, and what happens to them. */
export const faultRuleSchema = z.strictObject({
  match: z
    .strictObject({
      method: z.string().toUpperCase().optional(),
      /** A regular expression for the path. */
      path: z.string().optional(),
      kind: z.string().optional(),
    })
    .default({}),
  /** How many matching requests pass first. */
  skip: z.number().int().min(0).default(0),
  times: z.union([z.number().int().positive(), z.literal('always')]).default(1),
  /** For each matching request. The same seed fails the same requests on every run. */
  probability: z.number().min(0).max(1).default(1),
  seed: z.number().int().default(1),
  // biome-ignore lint/suspicious/noThenProperty: a fault rule is never awaited
  then: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('status'),
      status: z.number().int().min(400).max(599),
      code: z.string().optional(),
      /** Seconds, for `Retry-After`. */
      retryAfter: z.number().int().optional(),
      rateLimitReason: z.string().optional(),
      /** Carries out the request; only its answer is replaced. */
      afterCommit,
      /** Whether the answer then contains the id of the committed object. */
      committedId: z.boolean().default(false),
    }),
    z.strictObject({ kind: z.literal('reset'), afterCommit }),
    z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0) }),
    z.strictObject({ kind: z.literal('hang'), afterCommit }),
    z.strictObject({ kind: z.literal('html502') }),
  ]),
});

export type FaultRule = z.input<typeof faultRuleSchema>;
export type Fault = z.output<typeof faultRuleSchema>['then'];

interface Planned {
  readonly id: number;
  readonly rule: z.output<typeof faultRuleSchema>;
  readonly path: RegExp | null;
  readonly random: () => number;
  skipped: number;
  fired: number;
}

interface Candidate {
  readonly method: string;
  readonly path: string;
  readonly kind: RequestKind;
}

/** A fault that was chosen for a request. It counts when `happened` is called. */
export interface ChosenFault {
  readonly fault: Fault;
  happened(): void;
}

/** The planned faults. The first rule that applies is used. */
export class Faults {
  #planned: Planned[] = [];
  #lastId = 0;

  /** @returns the rule's id, for `clear` and `list` */
  add(rule: FaultRule): number {
    const parsed = faultRuleSchema.parse(rule);
    this.#lastId += 1;
    const path = parsed.match.path === undefined ? null : new RegExp(parsed.match.path);
    this.#planned.push({ id: this.#lastId, rule: parsed, path, random: seeded(parsed.seed), skipped: 0, fired: 0 });
    return this.#lastId;
  }

  /** Removes one rule, or all. */
  clear(id?: number): void {
    this.#planned = id === undefined ? [] : this.#planned.filter((planned) => planned.id !== id);
  }

  /** All rules, with how often each one happened. */
  list(): { id: number; fired: number; rule: FaultRule }[] {
    return this.#planned.map(({ id, fired, rule }) => ({ id, fired, rule }));
  }

  choose(candidate: Candidate): ChosenFault | null {
    for (const planned of this.#planned) {
      const { rule } = planned;
      if (!matches(planned, candidate)) continue;
      if (rule.times !== 'always' && planned.fired >= rule.times) continue;
      if (planned.skipped < rule.skip) {
        planned.skipped += 1;
        continue;
      }
      if (planned.random() >= rule.probability) continue;
      return {
        fault: rule.then,
        happened: () => {
          planned.fired += 1;
        },
      };
    }
    return null;
  }
}

function matches({ rule, path }: Planned, candidate: Candidate): boolean {
  const { method, kind } = rule.match;
  return (
    (method === undefined || method === candidate.method) &&
    (kind === undefined || kind === candidate.kind) &&
    (path === null || path.test(candidate.path))
  );
}

const CODES: Readonly<Record<number, string>> = {
  400: 'validation_error',
  401: 'unauthorized',
  403: 'restricted_resource',
  404: 'object_not_found',
  409: 'conflict_error',
  429: 'rate_limited',
  500: 'internal_server_error',
  502: 'bad_gateway',
  503: 'service_unavailable',
  504: 'gateway_timeout',
  529: 'service_overload',
};

/** The answer of a `status` fault. @param committedId the object that the request created or changed */
export function faultAnswer(fault: Extract<Fault, { kind: 'status' }>, committedId: string | null): NotionError {
  const code = fault.code ?? CODES[fault.status];
  if (code === undefined) return notSupported(`status ${fault.status}`);
  if (fault.status === 429 || fault.status === 529) return waitAnswer(fault, code);
  const committed =
    fault.committedId && committedId !== null
      ? {
          additionalData: {
            retry_guidance: 'The write was saved; do not repeat the write.',
            committed_resource_id: committedId,
          },
        }
      : {};
  const retryAfter = fault.retryAfter === undefined ? {} : { retryAfter: fault.retryAfter };
  return new NotionError(fault.status, code, 'Planned fault of the emulator.', { ...committed, ...retryAfter });
}

function waitAnswer(fault: Extract<Fault, { kind: 'status' }>, code: string): NotionError {
  const usual = rateLimited(fault.retryAfter ?? 1);
  const reason = fault.rateLimitReason ?? 'public_api_request_rate_limit';
  return new NotionError(fault.status, code, usual.message, {
    retryAfter: fault.retryAfter ?? 1,
    additionalData: { ...usual.additionalData, rate_limit_reason: reason },
  });
}

/** The mulberry32 generator. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
