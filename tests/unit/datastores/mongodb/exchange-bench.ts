import fc from 'fast-check';
import type { Failure } from '../../../../scripts/common/failure.ts';
import type { Exchange } from '../../../../scripts/datastores/generation.ts';
import { performExchanges } from '../../../../scripts/datastores/mongodb/exchange/perform.ts';
import { createAbout, type Runner } from '../../../../scripts/datastores/mongodb/generations/about.ts';
import { definitions } from '../../../../scripts/datastores/mongodb/generations/views.ts';
import { FakeDatabase, type Trouble } from './fake-database.ts';

export const STAMP = '20261121_235220';
export const [NEW, BEFORE] = [`holdfast_new_${STAMP}_`, `holdfast_before_${STAMP}_`];
/** What was restored beside becomes live. */
export const FORWARD: Exchange = {
  database: 'shop',
  fresh: { part: 'new', stamp: STAMP },
  kept: { part: 'before', stamp: STAMP },
};
/** What was live before becomes live again. */
export const BACK: Exchange = {
  database: 'shop',
  fresh: { part: 'before', stamp: STAMP },
  kept: { part: 'before', stamp: '20261121_235221' },
};

let runners = 0;

/** A process that is known to be gone. */
function runner(): Runner {
  const nobody = { host: 'h', bootId: 'b', pidSpace: 's', pid: 1, processStart: '' };
  return { ...nobody, id: `runner ${++runners}`, until: 0 };
}

/** A name's thing: a collection, or a view on something. */
export type Layout = Readonly<Record<string, 'collection' | { readonly viewOn: string }>>;

const names = ['a', 'b', 'c', 'd'];
const thing = fc.oneof(
  fc.constant('collection' as const),
  fc.record({ viewOn: fc.constantFrom('a', 'x'), pipeline: fc.constant([]) }),
);
export const layout = fc.dictionary(fc.constantFrom(...names), thing, { maxKeys: 4 }) as fc.Arbitrary<Layout>;

/** A database with something live, and something else restored beside it. */
export async function databaseWith(live: Layout, fresh: Layout, only?: readonly string[]): Promise<FakeDatabase> {
  const database = new FakeDatabase();
  for (const [name, one] of Object.entries(live)) database.make(name, one === 'collection' ? {} : one);
  const views = Object.fromEntries(Object.entries(fresh).filter(([, one]) => one !== 'collection'));
  for (const name of Object.keys(fresh)) if (!(name in views)) database.make(NEW + name);
  const about = { only, views: await definitions(views), exchange: undefined };
  await createAbout(database as never, { part: 'new', stamp: STAMP }, about);
  database.changes = 0;
  return database;
}

export const run = (database: FakeDatabase, exchange: Exchange) =>
  performExchanges(database.connection, [exchange], runner());

/** Everything by name, but for the record of what is restored or kept. */
export const all = (database: FakeDatabase) => database.seen('');

/** What is live. */
export function live(database: FakeDatabase): Record<string, string> {
  return Object.fromEntries(Object.entries(all(database)).filter(([name]) => !name.startsWith('holdfast_')));
}

/** How many changes an exchange takes, and what the database is like after it. */
export async function unbroken(old: Layout, fresh: Layout): Promise<FakeDatabase> {
  const database = await databaseWith(old, fresh);
  await run(database, FORWARD);
  return database;
}

/** Runs into trouble; gives what the exchange threw. */
export async function broken(
  old: Layout,
  fresh: Layout,
  trouble: Trouble,
): Promise<[FakeDatabase, Failure | undefined]> {
  const database = await databaseWith(old, fresh);
  database.trouble = trouble;
  const failure = await run(database, FORWARD).then(
    () => undefined,
    (error: Failure) => error,
  );
  database.trouble = {};
  return [database, failure];
}
