import { z } from 'zod';

const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    reason: z.string().optional(),
    /** Sent as `Retry-After`, in seconds. */
    retryAfter: z.number().optional(),
    /** The request is carried out, only its answer is this. */
    afterCommit: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('reset'), afterCommit: z.boolean() }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0) }),
  z.strictObject({ kind: z.literal('hang'), afterCommit: z.boolean().optional() }),
]);

export const faultRule = z.strictObject({
  match: z.strictObject({ method: z.string().optional(), path: z.string().optional() }),
  /** How many matching requests it strikes; 1 when left out. */
  times: z.union([z.int().positive(), z.literal('always')]).optional(),
  /** Matching requests that it lets pass first. */
  skip: z.int().min(0).optional(),
  /** Of each matching request; with a seed the same requests are struck in every run. */
  probability: z.number().min(0).max(1).optional(),
  seed: z.int().optional(),
  // biome-ignore lint/suspicious/noThenProperty: the rule's shape is shared with the Notion emulator
  then: fault,
});

export type Fault = z.infer<typeof fault>;
export type FaultRule = z.input<typeof faultRule>;

interface ArmedRule {
  readonly rule: z.infer<typeof faultRule>;
  readonly random: () => number;
  passed: number;
  left: number;
}

/** Trouble on demand: the first rule that applies strikes. */
export class FaultPlan {
  #rules: ArmedRule[] = [];

  add(input: FaultRule): void {
    const rule = faultRule.parse(input);
    const left = rule.times === 'always' ? Number.POSITIVE_INFINITY : (rule.times ?? 1);
    this.#rules.push({ rule, random: seededRandom(rule.seed ?? 1), passed: 0, left });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault for this request, counted as struck. */
  strike(method: string, path: string): Fault | null {
    const struck = this.#rules.find((armed) => matches(armed, method, path) && applies(armed));
    if (!struck) return null;
    struck.left -= 1;
    return struck.rule.then;
  }
}

function matches({ rule, left }: ArmedRule, method: string, path: string): boolean {
  const { match } = rule;
  if (left <= 0) return false;
  if (match.method && match.method.toUpperCase() !== method) return false;
  return !match.path || new RegExp(match.path).test(path);
}

function applies(armed: ArmedRule): boolean {
  if (armed.passed < (armed.rule.skip ?? 0)) {
    armed.passed += 1;
    return false;
  }
  return armed.rule.probability === undefined || armed.random() < armed.rule.probability;
}

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
