import { z } from 'zod';
import { safeObjectPath } from '../storage/safe-path.ts';
import { SET_SCHEMA } from './manifest.ts';

/**
 * The full rules of the set format, as a schema. Objects are loose: what a later version adds is tolerated and kept.
 * zod takes longer to load than Node itself, so that this file is only imported where a set is opened, not listed.
 */
const time = z.iso.datetime({ offset: true }).describe('RFC 3339; Holdfast writes UTC');
const size = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const digest = sha256.describe('sha256 of the file without this line: sed \'/^  "digest": /d\' FILE | sha256sum');

const path = z
  .string()
  .refine(staysInside, 'expected a path that stays inside the set')
  .describe('relative to the set, "/" between parts');

const extra = z.looseObject({ path, bytes: size, sha256 });

const artifact = z.looseObject({
  ...extra.shape,
  compression: z.string(),
  encryption: z.string().describe('"none" or "age"; bytes and sha256 are of the file as it is stored'),
  plainBytes: size.describe('bytes of an encrypted file when it is decrypted').exactOptional(),
});

const fingerprint = z.looseObject({
  counts: z.record(z.string(), z.number()).describe('rows or documents per table or collection'),
  indexes: z.record(z.string(), z.array(z.string())).exactOptional(),
  sums: z.record(z.string(), z.string()).describe('sums over the content of tables').exactOptional(),
});

const source = z.looseObject({
  kind: z.string().min(1),
  name: z.string().min(1),
  server: z.string(),
  engine: z.string(),
  engineVersion: z.string(),
  serverVersion: z.string(),
  image: z.string().exactOptional().describe('what the container of the server was started from'),
  tools: z.record(z.string(), z.string()),
  consistency: z.string(),
  startedAt: time,
  finishedAt: time,
  fingerprint,
  details: z.record(z.string(), z.unknown()),
  warnings: z.array(z.string()),
  recipients: z
    .array(z.string())
    .describe('public keys of this source, in the place of those of the set')
    .exactOptional(),
  artifacts: z.array(artifact),
});

const absence = z.looseObject({ kind: z.string(), name: z.string(), server: z.string(), reason: z.string() });

/** `manifest.json`. */
export const manifestSchema = z
  .looseObject({
    schema: z.literal(SET_SCHEMA),
    id: z.string(),
    createdAt: time,
    finishedAt: time,
    label: z.string().optional(),
    choice: z.array(z.string()).describe('kinds and sources that were asked for; missing: everything').exactOptional(),
    environment: z.string(),
    host: z.string(),
    holdfastVersion: z.string(),
    sources: z.array(source),
    skipped: z.array(absence),
    failed: z.array(absence),
    recipients: z.array(z.string()).describe('public keys that the artifacts are encrypted for').exactOptional(),
    reencryptedFrom: z.string().describe('the set that this one took the place of').exactOptional(),
    extras: z.array(extra),
    digest,
  })
  .describe('manifest.json of a Holdfast set');

/** The JSON Schema of `manifest.json` as published in docs/manifest.schema.json. */
export function manifestJsonSchema(): object {
  return z.toJSONSchema(manifestSchema, { io: 'input' });
}

function staysInside(text: string): boolean {
  try {
    return safeObjectPath(text) === text;
  } catch {
    // The Failure says which rule was broken; here the answer is only that one was.
    return false;
  }
}
