import type { Db } from 'mongodb';
import { Failure } from '../../../common/failure.ts';
import type { ProcessIdentity } from '../../../common/process-identity.ts';
import type { Generation } from '../../generation.ts';
import { NAMESPACE_NOT_FOUND, serverCode } from '../connection/errors.ts';
import type { Entry } from '../exchange/plan.ts';
import { aboutOf } from './names.ts';

/** What is recorded of a generation, in a collection of its own beside its collections. */
export interface About {
  /** The only names that it is about; undefined: the whole database. */
  readonly only: readonly string[] | undefined;
  /** Views cannot be renamed: those that belong to it, by name, as extended JSON of their options. */
  readonly views: Readonly<Record<string, string>>;
  /** The exchange that made it, or is making it; undefined for what a restore made. */
  readonly exchange: ExchangeRecord | undefined;
}

/** An exchange, recorded in what it keeps before its first move. */
export interface ExchangeRecord {
  readonly fresh: Generation | undefined;
  readonly done: boolean;
  readonly entries: readonly Entry[];
  readonly runner: Runner;
}

/** Who does an exchange. */
export interface Runner extends ProcessIdentity {
  readonly id: string;
  /** From then on it is certainly gone; milliseconds since 1970. */
  readonly until: number;
}

const ID = 'about';

interface Stored {
  readonly _id: typeof ID;
  readonly text: string;
  /** Of the runner, so that only one takes an exchange over. */
  readonly runner: string;
}

/** Reads what is recorded of a generation; undefined when nothing is. Throws the driver's errors. */
export async function readAbout(database: Db, generation: Generation): Promise<About | undefined> {
  const stored = await database.collection<Stored>(aboutOf(generation)).findOne({ _id: ID });
  if (stored === null) return undefined;
  try {
    return JSON.parse(stored.text) as About;
  } catch (error) {
    throw new Failure('damaged', {
      message: `"${aboutOf(generation)}" of database "${database.databaseName}" cannot be read`,
      cause: error,
    });
  }
}

/**
 * Records a generation: as a text, since servers before 5.0 refuse fields that begin with "$", which views have. False
 * when it has been recorded meanwhile.
 */
export async function createAbout(database: Db, generation: Generation, about: About): Promise<boolean> {
  try {
    await database.collection<Stored>(aboutOf(generation)).insertOne(stored(about));
    return true;
  } catch (error) {
    if (serverCode(error) === DUPLICATE) return false;
    throw error;
  }
}

const DUPLICATE = 11_000;

/** Replaces what is recorded, if it still is that of the runner `before`. `majority`: not before most members have it. */
export async function replaceAbout(
  database: Db,
  generation: Generation,
  about: About,
  { before, majority }: { before: string; majority: boolean },
): Promise<boolean> {
  const options = majority ? { writeConcern: { w: 'majority' as const } } : {};
  const { _id, ...rest } = stored(about);
  const filter = { _id, runner: before };
  const { matchedCount } = await database
    .collection<Stored>(aboutOf(generation))
    .updateOne(filter, { $set: rest }, options);
  return matchedCount === 1;
}

/** Forgets what is recorded of a generation: it is none any more. None is fine. */
export async function forgetAbout(database: Db, generation: Generation): Promise<void> {
  await dropCollection(database, aboutOf(generation));
}

/** Drops a collection; servers before 7.0 make an error of one that is not there. Throws the driver's other errors. */
export async function dropCollection(database: Db, name: string): Promise<void> {
  try {
    await database.collection(name).drop();
  } catch (error) {
    if (serverCode(error) !== NAMESPACE_NOT_FOUND) throw error;
  }
}

function stored(about: About): Stored {
  return { _id: ID, text: JSON.stringify(about), runner: about.exchange?.runner.id ?? '' };
}
