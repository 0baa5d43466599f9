/** Fills the shop's mongo database over several connections at once. */
import type { Db } from 'mongodb';
import type { Server } from '../containers.ts';
import { openMongo } from './mongo.ts';
import type { Collection } from './mongo-documents.ts';
import { collections } from './mongo-documents.ts';
import type { Scale } from './shop.ts';
import { mongoDatabase } from './shop.ts';

const batchSize = 1000;
/** Two cores: one batch is being made here while others are being written there. */
const writers = 4;

/** Makes all collections with their indexes; the database must not exist yet. */
export async function fillMongo(server: Server, scale: Scale): Promise<void> {
  const client = await openMongo(server);
  try {
    const database = client.db(mongoDatabase);
    for (const collection of collections) await createCollection(database, collection);
    await database.createCollection('empty one');
    await insertAll(database, scale.documents);
  } finally {
    await client.close();
  }
}

async function createCollection(database: Db, { name, indexes }: Collection): Promise<void> {
  const collection = await database.createCollection(name);
  for (const { key, options } of indexes) await collection.createIndex(key, options);
}

async function insertAll(database: Db, documents: number): Promise<void> {
  const batches = collections.flatMap((collection) =>
    batchesOf(collection, Math.max(1, Math.round(documents * collection.share))),
  );
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        const { collection, from, to } = batch;
        const made = Array.from({ length: to - from }, (_, at) => collection.make(from + at));
        await database.collection(collection.name).insertMany(made, { ordered: false });
      }
    }),
  );
}

function batchesOf(collection: Collection, count: number): { collection: Collection; from: number; to: number }[] {
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, at) => ({
    collection,
    from: at * batchSize,
    to: Math.min(count, (at + 1) * batchSize),
  }));
}
