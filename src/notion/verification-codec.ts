import type { PageObjectResponse, UpdatePageParameters } from '@notionhq/client';
import type { VerificationField } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import type { Json } from '../sync/types.ts';
import type { Decoded } from './text-codec.ts';

type VerificationProperty = Extract<PageObjectResponse['properties'][string], { type: 'verification' }>;
type VerificationWrite = Extract<
  NonNullable<UpdatePageParameters['properties']>[string],
  { verification: unknown }
>['verification'];
interface HeldVerification {
  readonly state: string;
  readonly date: { readonly start: string; readonly end: string | null } | null;
}

/** `verified`, `expired`, or null. The residue has the dates. */
export function decodeVerification({ verification }: VerificationProperty): Decoded {
  if (verification === null || verification.state === 'unverified') return { value: null };
  const { state, date } = verification;
  return { value: state, residue: { state, date: date && { start: date.start, end: date.end } } };
}

/** A page that is verified in SQL does not expire. One whose state is unchanged keeps its dates. */
export function encodeVerification(
  { property }: VerificationField,
  value: string | null,
  residue: Json | undefined,
): VerificationWrite {
  if (value === null) return { state: 'unverified' };
  // The residue was written by `decodeVerification`.
  const held = residue as unknown as HeldVerification | undefined;
  if (held?.state === value) return held.date ? { state: 'verified', date: held.date } : { state: 'verified' };
  if (value === 'verified') return { state: 'verified' };
  throw new RecordError(
    'not_a_verification',
    `"${property}" cannot be set to "${value}": write "verified", or clear it. Only time lets a verification expire.`,
  );
}
