import type { Db } from 'mongodb';
import { Failure } from '../../../common/failure.ts';
import type { Exchange, Generation } from '../../generation.ts';
import {
  type About,
  createAbout,
  type ExchangeRecord,
  forgetAbout,
  type Runner,
  readAbout,
  replaceAbout,
} from '../generations/about.ts';
import { type Contents, contentsOf, isServersOwn, type ListedCollection } from '../generations/contents.ts';
import { isSame, prefixOf } from '../generations/names.ts';
import { viewsOf } from '../generations/views.ts';
import type { Entry, Occupant } from './plan.ts';
import { hasEnded } from './runner.ts';

/** What is recorded of the two sides of an exchange. */
export interface Work {
  readonly database: Db;
  readonly exchange: Exchange;
  /** Of what is kept; says what the exchange is about. */
  readonly about: About & { readonly exchange: ExchangeRecord };
  /** Of what becomes live. */
  readonly coming: About | undefined;
}

/**
 * Records what an exchange is going to do, or takes over what another process recorded and did not end. Undefined: there
 * is nothing left to do. Throws Failure "not-found", "refused", or "locked" while another process is at it.
 */
export async function beginExchange(database: Db, exchange: Exchange, runner: Runner): Promise<Work | undefined> {
  const { kept, fresh } = exchange;
  const recorded = await readAbout(database, kept);
  const coming = fresh && (await readAbout(database, fresh));
  if (recorded !== undefined) return await takeOver({ database, exchange, about: recorded, coming }, runner);
  const contents = await contentsOf(database);
  if (fresh !== undefined && coming === undefined) return requireDone(exchange, contents);
  const about = await planned(contents, exchange, coming, runner);
  if (about.exchange.entries.length === 0) return undefined;
  if (await recordPlan(database, kept, about)) return { database, exchange, about, coming };
  throw busy(exchange);
}

/** When the answer is lost nobody knows whether it was recorded: nothing has moved, so it is taken back. */
async function recordPlan(database: Db, kept: Generation, about: Work['about']): Promise<boolean> {
  try {
    return await createAbout(database, kept, about);
  } catch (error) {
    // The first failure is the one to tell; a record that stays makes others wait until the same words come again.
    await forgetOwn(database, kept, about).catch(() => undefined);
    throw error;
  }
}

async function forgetOwn(database: Db, kept: Generation, { exchange }: Work['about']): Promise<void> {
  const recorded = await readAbout(database, kept);
  if (recorded?.exchange?.runner.id === exchange.runner.id) await forgetAbout(database, kept);
}

/** Both sides are gone where nothing was live before; the live data is then what was restored. */
function requireDone({ database, fresh, kept }: Exchange, { live }: Contents): undefined {
  if (live.length > 0) return undefined;
  const places = [fresh, kept].map((one) => one && `"${prefixOf(one)}*"`).join(' and ');
  throw new Failure('not-found', { message: `there are no collections ${places} in database "${database}"` });
}

/** What was recorded of the same exchange before. */
async function takeOver({ about, ...work }: Recorded, runner: Runner): Promise<Work | undefined> {
  const { database, exchange, coming } = work;
  const record = about.exchange;
  if (record === undefined || !isSame(record.fresh, exchange.fresh)) throw taken(exchange);
  const mine = { ...work, about: { ...about, exchange: { ...record, runner } } };
  if (record.done) {
    if (coming !== undefined && (await hasCollections(database, exchange.fresh))) throw taken(exchange);
    await forgetSpent(mine);
    return undefined;
  }
  if (!(await hasEnded(record.runner, runner))) throw busy(exchange);
  const before = record.runner.id;
  if (!(await replaceAbout(database, exchange.kept, mine.about, { before, majority: false }))) throw busy(exchange);
  return mine;
}

async function hasCollections(database: Db, wanted: Generation | undefined): Promise<boolean> {
  const { generations } = await contentsOf(database);
  return generations.some(({ generation, collections }) => isSame(generation, wanted) && collections.length > 0);
}

/** What came is no generation any more; nor is what is kept where nothing was live, and nothing else stays live. */
export async function forgetSpent({ database, exchange: { fresh, kept }, about }: Work): Promise<void> {
  if (fresh !== undefined) await forgetAbout(database, fresh);
  const { only, exchange } = about;
  if (only === undefined && exchange.entries.every(({ live }) => live === undefined)) {
    await forgetAbout(database, kept);
  }
}

type Recorded = Omit<Work, 'about'> & { readonly about: About };

async function planned(
  contents: Contents,
  { database, fresh }: Exchange,
  coming: About | undefined,
  runner: Runner,
): Promise<Work['about']> {
  const only = coming?.only;
  const live = contents.live.filter(({ name }) => !isServersOwn(name) && (only?.includes(name) ?? true));
  const series = live.find(({ type }) => type === 'timeseries');
  if (series !== undefined) {
    const message = `"${series.name}" of database "${database}" is a time series, which no server renames`;
    throw new Failure('refused', { message, stands: OLD_IS_LIVE });
  }
  const waiting = contents.generations.find(({ generation }) => isSame(generation, fresh))?.collections ?? [];
  const entries = entriesOf(live, waiting, coming);
  const names = only && [...new Set([...only, ...entries.map(({ name }) => name)])];
  return { only: names, views: await viewsOf(live), exchange: { fresh, done: false, entries, runner } };
}

/** What is live, and what becomes live. */
export function entriesOf(
  live: readonly ListedCollection[],
  waiting: readonly ListedCollection[],
  coming: Pick<About, 'views'> | undefined,
): Entry[] {
  const here = new Map<string, Occupant>(live.map(({ name, type }) => [name, type === 'view' ? type : 'collection']));
  // Collections first: a view then never shows new fields of old documents.
  const next = new Map<string, Occupant>(waiting.map(({ name }) => [name, 'collection']));
  for (const name of Object.keys(coming?.views ?? {})) next.set(name, 'view');
  return [...new Set([...next.keys(), ...here.keys()])].map((name) => {
    const [old, fresh] = [here.get(name), next.get(name)];
    return { name, ...(old && { live: old }), ...(fresh && { fresh }) };
  });
}

/** What stands after an exchange that did not happen. */
export const OLD_IS_LIVE = 'the old data is live';

function busy({ database }: Exchange): Failure {
  const message = `another process is putting collections of database "${database}" in the place of others`;
  return new Failure('locked', { message, stands: OLD_IS_LIVE, hint: 'the same command again, in a minute' });
}

function taken({ database, kept }: Exchange): Failure {
  const message = `there are other collections "${prefixOf(kept)}*" in database "${database}" already`;
  return new Failure('refused', { message, stands: OLD_IS_LIVE });
}
