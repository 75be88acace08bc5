import type { PageObjectResponse, UpdatePageParameters } from '@notionhq/client';
import type { PlaceField } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import { toStorableText } from '../shared/storable-text.ts';
import type { Json } from '../sync/types.ts';
import type { Decoded } from './text-codec.ts';

type PlaceProperty = Extract<PageObjectResponse['properties'][string], { type: 'place' }>;
type HeldPlace = NonNullable<PlaceProperty['place']>;
type PlaceWrite = Extract<NonNullable<UpdatePageParameters['properties']>[string], { place: unknown }>['place'];

const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const POSITION = new RegExp(`^(${NUMBER}), ?(${NUMBER})$`, 'i');
const NAMED = new RegExp(String.raw`^([\s\S]*) \((${NUMBER}), ?(${NUMBER})\)$`, 'i');

interface Place {
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
}

/** `52.5163, 13.3777`, or `Brandenburg Gate (52.5163, 13.3777)`. The residue has the address and the ids of map services. */
export function decodePlace({ place }: PlaceProperty): Decoded {
  if (place === null) return { value: null };
  const value = format({ name: toStorableText(place.name ?? ''), lat: place.lat, lon: place.lon });
  const { lat, lon, name = null, address = null, aws_place_id = null, google_place_id = null } = place;
  return { value, residue: { lat, lon, name, address, aws_place_id, google_place_id } };
}

/** Notion does not look up addresses, so a place that moves has none until it is chosen there again. */
export function encodePlace({ property }: PlaceField, value: string | null, residue: Json | undefined): PlaceWrite {
  if (value === null) return null;
  const place = parse(value);
  if (!place) {
    throw new RecordError(
      'not_a_place',
      `"${property}" cannot be set to "${value}": write latitude and longitude, such as "52.5163, 13.3777" or "Brandenburg Gate (52.5163, 13.3777)".`,
    );
  }
  // The residue was written by `decodePlace`.
  const held = residue as unknown as HeldPlace | undefined;
  const { name, lat, lon } = place;
  const isSameName = name === toStorableText(held?.name ?? '');
  if (held?.lat === lat && held.lon === lon) return isSameName ? held : { ...held, name: name || null };
  return { lat, lon, ...(name ? { name } : {}) };
}

/** The text as Notion's place reads; undefined for what is none. */
export function canonicalPlace(text: string): string | undefined {
  const place = parse(text);
  return place && format(place);
}

function parse(text: string): Place | undefined {
  const [, name = '', lat, lon] = NAMED.exec(text) ?? POSITION.exec(text)?.toSpliced(1, 0, '') ?? [];
  const place = { name, lat: degrees(lat), lon: degrees(lon) };
  return Math.abs(place.lat) <= 90 && Math.abs(place.lon) <= 180 ? place : undefined;
}

/** JSON has no negative zero. */
const degrees = (text: string | undefined): number => Number(text) || (text === undefined ? Number.NaN : 0);

const format = ({ name, lat, lon }: Place): string =>
  name ? `${name} (${lat || 0}, ${lon || 0})` : `${lat || 0}, ${lon || 0}`;
