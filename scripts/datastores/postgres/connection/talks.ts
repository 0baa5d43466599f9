import type { Client, CommandNeeds } from './client.ts';
import { Conversation } from './conversation.ts';

/** So many sessions wait for the next who needs one. */
const MOST_IDLE = 3;

interface Idle {
  readonly talk: Conversation;
  /** What ends it: whoever takes it must be ended by the same. */
  readonly signal: AbortSignal;
}

/**
 * Sessions of psql that are open and at rest, in the database where the cluster is talked about: starting a program inside
 * a container takes longer than most of what it is asked, and psql can connect to another database by itself. Each use
 * begins with a connection of its own, so that nothing of the use before it is left.
 */
export class Talks {
  readonly #client: Client;
  /** The database where they rest. */
  readonly #home: string;
  #idle: Idle[] = [];
  #isClosed = false;

  constructor(client: Client, home: string) {
    this.#client = client;
    this.#home = home;
  }

  /** A session with one database. Those with settings of their own are not kept, and not taken from here. */
  async take(needs: CommandNeeds, signal: AbortSignal): Promise<Conversation> {
    const at = isPlain(needs) ? this.#idle.findIndex((idle) => idle.signal === signal) : -1;
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1);
    if (found === undefined) return Conversation.open(this.#client, needs, signal);
    try {
      await found.talk.connect(needs.database);
      return found.talk;
    } catch {
      // Ended while it rested, or not let into that database: a session of its own says which, in its own words.
      await found.talk.close();
      signal.throwIfAborted();
      return Conversation.open(this.#client, needs, signal);
    }
  }

  /** Puts a session to rest that nothing failed in, out of the database that it was used in. */
  async giveBack(talk: Conversation, needs: CommandNeeds, signal: AbortSignal): Promise<void> {
    try {
      if (!isPlain(needs) || signal.aborted || this.#isFull()) return await talk.close();
      await talk.connect(this.#home);
      if (this.#isFull()) return await talk.close();
      this.#idle.push({ talk, signal });
    } catch {
      // It did what it was asked; that it cannot go on is found out by whoever needs the next.
      await talk.close();
    }
  }

  #isFull(): boolean {
    return this.#isClosed || this.#idle.length >= MOST_IDLE;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const idle = this.#idle;
    this.#idle = [];
    await Promise.all(idle.map(({ talk }) => talk.close()));
  }
}

function isPlain({ session, tools }: CommandNeeds): boolean {
  return session === undefined && tools === undefined;
}

/** Uses a session for the time of `use`. */
export async function converse<Result>(
  { talks }: { readonly talks: Talks },
  needs: CommandNeeds,
  signal: AbortSignal,
  use: (conversation: Conversation) => Promise<Result>,
): Promise<Result> {
  const talk = await talks.take(needs, signal);
  let result: Result;
  try {
    result = await use(talk);
  } catch (error) {
    await talk.close();
    throw error;
  }
  await talks.giveBack(talk, needs, signal);
  return result;
}
