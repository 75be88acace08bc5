import { z } from 'zod';

const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    reason: z.string().optional(),
    /** Sent as `Retry-After`, in seconds. */
    retryAfter: z.number().optional(),
    /** Carries out the request; only its answer is replaced. */
    afterCommit: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('reset'), afterCommit: z.boolean() }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0) }),
  z.strictObject({ kind: z.literal('hang'), afterCommit: z.boolean().optional() }),
]);

export const faultRule = z.strictObject({
  match: z.strictObject({ method: z.string().optional(), path: z.string().optional() }),
  /** How many matching requests fail; 1 by default. */
  times: z.union([z.int().positive(), z.literal('always')]).optional(),
  /** How many matching requests pass first. */
  skip: z.int().min(0).optional(),
  /** For each matching request. The same seed fails the same requests on every run. */
  probability: z.number().min(0).max(1).optional(),
  seed: z.int().optional(),
  // biome-ignore lint/suspicious/noThenProperty: a fault rule is never awaited
  then: fault,
});

export type Fault = z.infer<typeof fault>;
export type FaultRule = z.input<typeof faultRule>;

interface PlannedRule {
  readonly rule: z.infer<typeof faultRule>;
  readonly random: () => number;
  passed: number;
  left: number;
}

/** Planned failures. The first rule that applies is used. */
export class FaultPlan {
  #rules: PlannedRule[] = [];

  add(input: FaultRule): void {
    const rule = faultRule.parse(input);
    const left = rule.times === 'always' ? Number.POSITIVE_INFINITY : (rule.times ?? 1);
    this.#rules.push({ rule, random: seededRandom(rule.seed ?? 1), passed: 0, left });
  }

  clear(): void {
    this.#rules = [];
  }

  /** Takes the fault for this request. Each call counts against the rule's `times`. */
  take(method: string, path: string): Fault | null {
    const found = this.#rules.find((planned) => matches(planned, method, path) && applies(planned));
    if (!found) return null;
    found.left -= 1;
    return found.rule.then;
  }
}

function matches({ rule, left }: PlannedRule, method: string, path: string): boolean {
  const { match } = rule;
  if (left <= 0) return false;
  if (match.method && match.method.toUpperCase() !== method) return false;
  return !match.path || new RegExp(match.path).test(path);
}

function applies(planned: PlannedRule): boolean {
  const { rule } = planned;
  if (planned.passed < (rule.skip ?? 0)) {
    planned.passed += 1;
    return false;
  }
  return rule.probability === undefined || planned.random() < rule.probability;
}

/** The mulberry32 generator. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
