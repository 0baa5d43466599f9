import type { Document } from 'mongodb';
import type { Connection } from '../../../../scripts/datastores/mongodb/connection/connection.ts';

/** What stands under a name: a view by its definition, a collection by the number that it was made with. */
interface Thing {
  readonly type: 'collection' | 'view';
  readonly id: number;
  readonly options: Document;
  readonly documents: Map<unknown, Document>;
}

/** What a server answers that refuses. */
class ServerError extends Error {
  override readonly name = 'MongoServerError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Which of its changes a database refuses (a move ten times over), which it makes without an answer reaching us, and from which on it refuses all
 * since our process is gone.
 */
export interface Trouble {
  readonly refuse?: number;
  readonly lose?: number;
  readonly die?: number;
}

/**
 * A database that keeps names only. No server here knows views, and none can be told to fail at a certain step; the rules
 * of renaming are those of the documentation of MongoDB.
 */
export class FakeDatabase {
  readonly databaseName = 'shop';
  readonly things = new Map<string, Thing>();
  /** Called after each change. */
  afterChange: (command: Document) => void = () => undefined;
  trouble: Trouble = {};
  changes = 0;
  #ids = 0;
  /** How often it refuses the next moves. */
  #stubborn = 0;

  readonly client = {
    db: (name: string) => (name === 'admin' ? { command: async (command: Document) => this.#rename(command) } : this),
  };

  /** All that the code under test wants of a connection. */
  get connection(): Connection {
    const parts = { client: this.client, topology: 'standalone', address: { label: 'fake' } };
    return parts as unknown as Connection;
  }

  make(name: string, options: Document = {}): void {
    const type = 'viewOn' in options ? 'view' : 'collection';
    this.things.set(name, { type, id: ++this.#ids, options, documents: new Map() });
  }

  /** What stands under each name that begins so, without that. */
  seen(prefix: string): Record<string, string> {
    const own = [...this.things].filter(([name]) => name.startsWith(prefix) && !name.endsWith('.about'));
    return Object.fromEntries(
      own.map(([name, { type, id, options }]) => [
        name.slice(prefix.length),
        type === 'view' ? JSON.stringify(options) : `number ${id}`,
      ]),
    );
  }

  listCollections({ name }: { name?: string } = {}) {
    const all = [...this.things].map(([there, { type, options }]) => ({ name: there, type, options }));
    return { toArray: async () => all.filter((one) => name === undefined || one.name === name) };
  }

  async command({ maxTimeMS: _, ...command }: Document): Promise<Document> {
    const { create, drop, collMod, ...options } = command;
    this.#begin(drop?.endsWith('.about') !== true);
    if (create !== undefined && this.things.has(create)) throw new ServerError(48, `"${create}" exists`);
    if (drop !== undefined && !this.things.has(drop)) throw new ServerError(26, `no "${drop}"`);
    if (create !== undefined || collMod !== undefined) this.make(create ?? collMod, options);
    else this.things.delete(drop);
    this.afterChange(command);
    this.#end();
    return {};
  }

  collection(name: string) {
    const there = () => this.things.get(name)?.documents ?? new Map<unknown, Document>();
    return {
      findOne: async ({ _id }: Document) => there().get(_id) ?? null,
      countDocuments: async () => there().size,
      drop: async () => this.command({ drop: name }),
      insertOne: async (document: Document) => {
        this.#begin(false);
        if (!this.things.has(name)) this.make(name);
        if (there().has(document._id)) throw new ServerError(11_000, 'duplicate key');
        there().set(document._id, document);
        this.#end();
      },
      updateOne: async ({ _id, runner }: Document, { $set }: { $set: Document }) => {
        this.#begin(false);
        const found = there().get(_id);
        if (found?.runner !== runner) return { matchedCount: 0 };
        there().set(_id, { ...found, ...$set });
        this.#end();
        return { matchedCount: 1 };
      },
    };
  }

  #begin(isMove: boolean): void {
    const { refuse, die = Number.POSITIVE_INFINITY } = this.trouble;
    this.changes++;
    if (this.changes === refuse && isMove) this.#stubborn = 2;
    if (this.changes === refuse || this.changes >= die || (isMove && this.#stubborn-- > 0))
      throw new ServerError(8, `trouble at change ${this.changes}`);
  }

  #end(): void {
    if (this.changes === this.trouble.lose) throw new ServerError(11_600, 'the answer was lost');
  }

  #rename(command: Document): Document {
    this.#begin(true);
    const [from, to] = [command.renameCollection, command.to].map((name: string) => name.slice('shop.'.length));
    const thing = this.things.get(from as string);
    if (thing === undefined) throw new ServerError(26, `no "${from}"`);
    if (thing.type === 'view') throw new ServerError(166, `"${from}" is a view`);
    if (this.things.has(to as string) && command.dropTarget !== true) throw new ServerError(48, `"${to}" exists`);
    this.things.delete(from as string);
    this.things.set(to as string, thing);
    this.afterChange(command);
    this.#end();
    return {};
  }
}
