import { damaged } from '../archive/entry.ts';
import type { CountedObject } from './tally.ts';

/** What a bucket keeps of an object beside its content, by the names of HTTP in the spelling of the index. */
export const HEADERS = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'expires',
  'redirect',
] as const;

/** Texts by name. */
export type Texts = Readonly<Record<string, string>>;

/** One object of an archive, as the index keeps it: a line of JSON. */
export interface IndexedObject extends CountedObject {
  /** The name of its entry in the archive, as a number from 1. */
  readonly place: number;
  readonly etag?: string;
  readonly version?: string;
  /** RFC 3339, by the clock of the server. */
  readonly modified: string;
  readonly headers: Texts;
  readonly metadata: Texts;
  readonly tags: Texts;
}

/** An entry of the archive that is nobody's: the object changed while it was read, and was read again from the start. */
export interface DiscardedEntry {
  readonly place: number;
  readonly size: number;
  readonly discarded: true;
}

/** A line of the index. */
export type IndexLine = IndexedObject | DiscardedEntry;

/** The schema that an index names. */
export const INDEX_SCHEMA = 'holdfast-objects/v1';

/** Reads one line of an index. Throws Failure "damaged" for everything that a backup does not write. */
export function parseLine(text: string): IndexLine {
  const line = parseJson(text);
  const { place, size, discarded } = line;
  if (!isCount(place) || place === 0 || !isCount(size)) throw broken(text);
  if (discarded === true) return { place, size, discarded };
  const { key, sha256, modified, etag, version } = line;
  const isWhole = typeof key === 'string' && key !== '' && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
  if (!isWhole || typeof modified !== 'string' || Number.isNaN(Date.parse(modified))) throw broken(text);
  const { headers, metadata, tags } = line;
  if (!isTexts(headers) || !isTexts(metadata) || !isTexts(tags)) throw broken(text);
  return {
    ...{ key, size, sha256, place, modified, headers, metadata, tags },
    ...(typeof etag === 'string' && { etag }),
    ...(typeof version === 'string' && { version }),
  };
}

/** Reads a piece of JSON that must be an object. Throws Failure "damaged". */
export function parseJson(text: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return { ...found };
  } catch (error) {
    // SyntaxError is the answer "this is no JSON", told below in our words; anything else is a bug.
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw broken(text);
}

function broken(text: string): Error {
  return damaged(`the index has a line that cannot be understood: ${JSON.stringify(text.slice(0, 200))}`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTexts(value: unknown): value is Texts {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}
