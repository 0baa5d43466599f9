/** Hashes of a mongo database: the BSON bytes of every document in the order of _id, and the indexes. */
import { createHash } from 'node:crypto';
import type { Db, Document } from 'mongodb';
import type { Server } from '../containers.ts';
import type { Hashes } from './hash.ts';
import { openMongo } from './mongo.ts';
import { mongoDatabase } from './shop.ts';

/** Reads every collection to its end; memory does not grow with the data. */
export async function hashMongo(server: Server, database = mongoDatabase): Promise<Hashes> {
  const client = await openMongo(server);
  try {
    const db = client.db(database);
    const collections = await db.listCollections().toArray();
    // What restores keep beside the live collections is not what the database holds for its clients.
    const names = collections
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('holdfast_'))
      .sort();
    const lists = await Promise.all(names.map((name) => hashCollection(db, name)));
    return Object.fromEntries(lists.flat());
  } finally {
    await client.close();
  }
}

async function hashCollection(db: Db, name: string): Promise<[string, string][]> {
  const hash = createHash('sha256');
  let count = 0;
  // raw: the bytes as the server sends them, so that a changed number type or key order shows
  const cursor = db.collection(name).find({}, { sort: { _id: 1 }, raw: true, batchSize: 2000 });
  for await (const bytes of cursor as unknown as AsyncIterable<Uint8Array>) {
    hash.update(bytes);
    count += 1;
  }
  const indexes = (await db.collection(name).indexes()).map(describeIndex).sort();
  return [
    [`${db.databaseName}: documents ${name}`, `${count} ${hash.digest('hex')}`],
    ...indexes.map(([index, content]): [string, string] => [`${db.databaseName}: index ${index} of ${name}`, content]),
  ];
}

/** Without what describes the server rather than the index: its version, its namespace, its storage engine. */
function describeIndex(index: Document): [string, string] {
  const { v: _version, ns: _namespace, storageEngine: _engine, name, ...rest } = index;
  return [String(name), JSON.stringify(rest)];
}
