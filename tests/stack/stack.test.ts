import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { fillMongo, fillPostgres } from './data/fill.ts';
import { differences, hashMongo, hashPostgres } from './data/hash.ts';
import { openMongo } from './data/mongo.ts';
import { psql } from './data/psql.ts';
import { mongoDatabase, scales } from './data/shop.ts';
import { services } from './services.ts';
import type { Stack } from './stack.ts';
import { startStack } from './stack.ts';

interface ComposeService {
  image: string;
  command: string[];
  environment: Record<string, string>;
}

test('compose.yaml and services.ts name the same services, images, commands and environments', async () => {
  const text = await readFile(join(import.meta.dirname, '..', '..', 'compose.yaml'), 'utf8');
  // "merge" lets the parser follow the anchors that compose.yaml uses
  const compose = parse(text, { merge: true }) as { name: string; services: Record<string, ComposeService> };
  equal(compose.name, 'holdfast-stack');
  deepEqual(Object.keys(compose.services).sort(), Object.keys(services).sort());
  for (const [name, { image, command, environment }] of Object.entries(compose.services)) {
    const ours = services[name as keyof typeof services];
    deepEqual(
      { image, command, environment },
      { image: ours.official, command: ours.command, environment: ours.environment },
    );
  }
});

describe('the hashes see every kind of change', { timeout: 300_000 }, () => {
  const sql: readonly [change: string, database: string, script: string][] = [
    ['a value', 'ngwenya_auth', `UPDATE users SET balance = balance + 0.01 WHERE id = 1003`],
    [
      'one microsecond',
      'ngwenya_scim',
      `UPDATE resources SET changed = changed + interval '1 microsecond' WHERE external_id = 'ext-9'`,
    ],
    ['a row gone', 'ngwenya_uchat', `DELETE FROM attachments WHERE message_id = 1`],
    ['a sequence', 'ngwenya_auth', `SELECT nextval('invoice_number')`],
    ['a byte of a large object', 'ngwenya_uchat', `SELECT lo_put(81001, 1000, '\\x00'::bytea)`],
    ['an owner', 'ngwenya_auth', `ALTER TABLE sessions OWNER TO ngwenya_owner`],
    ['a grant', 'ngwenya_uchat', `REVOKE SELECT (topic) ON conversations FROM "Ngwenya Reports"`],
    ['an index', 'ngwenya_scim', `DROP INDEX resources_family`],
    ['a comment on a column', 'ngwenya_auth', `COMMENT ON COLUMN users.balance IS 'in cents'`],
    ['a setting of the database', 'ngwenya_auth', `ALTER DATABASE ngwenya_auth RESET timezone`],
    ['a trigger switched off', 'ngwenya_uchat', `ALTER TABLE messages DISABLE TRIGGER words_please`],
    ['a materialized view refreshed', 'ngwenya_uchat', `REFRESH MATERIALIZED VIEW never_filled`],
  ];

  test('in PostgreSQL and in mongo', async () => {
    const stack: Stack<'postgres' | 'mongo'> = await startStack({ project: 'holdfast-hashes' });
    try {
      await Promise.all([fillPostgres(stack.postgres, scales.small), fillMongo(stack.mongo, scales.small)]);
      await seesPostgresChanges(stack, sql);
      await seesMongoChanges(stack);
    } finally {
      await stack.stop();
    }
  });
});

async function seesPostgresChanges(
  { postgres }: Stack<'postgres' | 'mongo'>,
  sql: readonly [change: string, database: string, script: string][],
): Promise<void> {
  for (const [change, database, script] of sql) {
    const before = await hashPostgres(postgres, [database]);
    deepEqual(differences(before, await hashPostgres(postgres, [database])), []);
    await psql(postgres, database, script);
    ok(differences(before, await hashPostgres(postgres, [database])).length > 0, `${change} was not seen`);
  }
}

async function seesMongoChanges({ mongo }: Stack<'postgres' | 'mongo'>): Promise<void> {
  const client = await openMongo(mongo);
  const malets = client.db(mongoDatabase).collection('malets');
  const changes: readonly [change: string, make: () => Promise<unknown>][] = [
    [
      'a number that becomes another type',
      () => malets.updateOne({ slug: 'malet-5' }, [{ $set: { stock: { $toLong: '$stock' } } }]),
    ],
    ['a document gone', () => malets.deleteOne({ slug: 'malet-6' })],
    ['an index gone', () => malets.dropIndex('colours_1')],
  ];
  try {
    let before = await hashMongo(mongo);
    for (const [change, make] of changes) {
      await make();
      const after = await hashMongo(mongo);
      ok(differences(before, after).length > 0, `${change} was not seen`);
      before = after;
    }
  } finally {
    await client.close();
  }
}
