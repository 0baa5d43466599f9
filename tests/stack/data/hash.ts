#!/usr/bin/env node
/**
 * What the shop's databases hold, as hashes per table, collection, sequence, definition and so on,
 * to prove that a restore brought back the same: `node tests/stack/data/hash.ts` prints them as JSON.
 */
import { attach } from '../stack.ts';
import { hashMongo } from './hash-mongo.ts';
import { hashPostgres } from './hash-postgres.ts';

export { hashMongo } from './hash-mongo.ts';
export { hashPostgres } from './hash-postgres.ts';

/** Name of a thing ("ngwenya_auth: rows public.users") -> its content, hashed where it is long. */
export type Hashes = Readonly<Record<string, string>>;

/** One line for each thing that is not the same; none when all are. */
export function differences(before: Hashes, after: Hashes): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name}: was "${before[name] ?? 'not there'}", is "${after[name] ?? 'not there'}"`);
}

if (import.meta.main) {
  const { postgres, mongo } = await attach();
  const [one, two] = await Promise.all([hashPostgres(postgres), hashMongo(mongo)]);
  console.log(JSON.stringify({ ...one, ...two }, null, 2));
}
