import type { Db, Document } from 'mongodb';
import type { ListedCollection } from '../generations/contents.ts';
import { gapName } from '../generations/names.ts';
import { definitions, parseDefinition } from '../generations/views.ts';
import type { Move } from './plan.ts';

/** A move waits so long for others to let go of a collection, in milliseconds: a transaction of theirs, an index build. */
const PATIENCE = 10_000;

/** Where moves are made, and what a person should know of them. */
export interface Place {
  readonly database: Db;
  /** Part of the names of what was written in between. */
  readonly stamp: string;
  readonly notes: string[];
  /** Names from which something was put aside that was written in between. */
  readonly cleared: Set<string>;
}

/** Makes one move. Throws the driver's errors; what it did then shows in what stands. */
export async function makeMove(move: Move, place: Place): Promise<void> {
  const { database } = place;
  if (move.kind === 'aside') return await rename(database, move.name, move.to, false);
  if (move.kind === 'in') return await goIn(move, place);
  if (move.kind === 'drop view') return await ask(database, { drop: move.name });
  const options = await parseDefinition(move.definition);
  if (move.kind === 'change view') return await changeView(move.name, options, database);
  if (await isThere(database, move.name)) await clearGap(move.name, place);
  await ask(database, { create: move.name, ...options });
}

/**
 * A client that writes to a name without a collection makes one. What it wrote is put aside; a client that does so once
 * more at once may lose what it wrote then, or it would keep the new one out. Both are told.
 */
async function goIn({ name, from }: Move & { kind: 'in' }, place: Place): Promise<void> {
  const { database, cleared } = place;
  try {
    return await rename(database, from, name, cleared.has(name));
  } catch (error) {
    // Servers differ in the code of this; when the answer was lost, what is there is the new one.
    if (cleared.has(name) || !(await isThere(database, name)) || !(await isThere(database, from))) throw error;
  }
  await clearGap(name, place);
  cleared.add(name);
  await rename(database, from, name, true);
}

async function clearGap(name: string, { database, stamp, notes }: Place): Promise<void> {
  const to = await freeGapName(database, stamp, name);
  await rename(database, name, to, false);
  const documents = await database.collection(to).countDocuments({});
  if (documents === 0) await ask(database, { drop: to });
  const found = documents === 0 ? '' : `: ${documents} documents are in "${to}"`;
  notes.push(`"${name}" was written to while old and new changed places${found}; others of that moment may be lost`);
}

async function freeGapName(database: Db, stamp: string, name: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const gap = gapName(stamp, name, attempt);
    if (!(await isThere(database, gap))) return gap;
  }
}

async function isThere(database: Db, name: string): Promise<boolean> {
  return (await database.listCollections({ name }, { nameOnly: true }).toArray()).length > 0;
}

/** In place, so that the view is never missing; that is refused where its collation is another. */
async function changeView(name: string, options: Document, database: Db): Promise<void> {
  const { collation, viewOn, pipeline = [] } = options;
  const [standing] = (await database.listCollections({ name }).toArray()) as ListedCollection[];
  const there = (await definitions({ [name]: { collation: standing?.options?.collation } }))[name];
  if (there === (await definitions({ [name]: { collation } }))[name]) {
    return await ask(database, { collMod: name, viewOn, pipeline });
  }
  await ask(database, { drop: name });
  await ask(database, { create: name, ...options });
}

async function rename(database: Db, from: string, to: string, dropTarget: boolean): Promise<void> {
  const place = database.databaseName;
  const command = { renameCollection: `${place}.${from}`, to: `${place}.${to}`, dropTarget, maxTimeMS: PATIENCE };
  await database.client.db('admin').command(command);
}

async function ask(database: Db, command: Document): Promise<void> {
  await database.command({ ...command, maxTimeMS: PATIENCE });
}
