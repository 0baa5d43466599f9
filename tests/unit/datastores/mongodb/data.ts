import { createHash } from 'node:crypto';
import { BSON, type Db } from 'mongodb';

/** Fills three collections: with indexes, with nested values of many types, and empty. */
export async function fill(database: Db, documents = 500): Promise<void> {
  await database.dropDatabase();
  const users = Array.from({ length: documents }, (_, n) => ({ n, email: `u${n}@example.org`, at: new Date(n * 1e6) }));
  await database.collection('users').insertMany(users);
  await database.collection('users').createIndex({ email: 1 }, { unique: true });
  await database.collection('users').createIndex({ n: -1, at: 1 });
  const price = BSON.Decimal128.fromString('19.90');
  const orders = users.map(({ n }) => ({
    n: BSON.Long.fromNumber(n),
    price,
    lines: [{ sku: `s${n}`, data: new BSON.Binary(Buffer.alloc(n % 50, n)) }],
  }));
  await database.collection('Orders.2026-ü').insertMany(orders);
  await database.createCollection('empty');
}

/** Fills collections whose names FerretDB renames. */
export async function fillPlain(database: Db, documents = 50): Promise<void> {
  await database.dropDatabase();
  const users = Array.from({ length: documents }, (_, n) => ({ n, email: `u${n}@example.org` }));
  await database.collection('users').insertMany(users);
  await database.collection('users').createIndex({ email: 1 }, { unique: true });
  await database.collection('orders').insertMany(users.map(({ n }) => ({ n })));
  await database.createCollection('empty');
}

/** The sha256 of the documents of every collection by _id, and its indexes; of those that are live, or that begin so. */
export async function contentOf(database: Db, prefix = ''): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  const all = await database.listCollections({}, { nameOnly: true }).toArray();
  const wanted = all.filter(({ name }) =>
    prefix === '' ? !/^holdfast_(new|before)_/.test(name) : isCopy(name, prefix),
  );
  for (const { name } of wanted) {
    const hash = createHash('sha256');
    for await (const bytes of database.collection(name).find({}, { raw: true }).sort({ _id: 1 })) {
      hash.update(bytes as unknown as Uint8Array);
    }
    const indexes = await database.collection(name).listIndexes().toArray();
    content[name.slice(prefix.length)] =
      `${hash.digest('hex')} ${JSON.stringify(indexes.map((index) => [index.name, index.key, index.unique]).sort())}`;
  }
  return content;
}

function isCopy(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && !name.endsWith('.about');
}
