import { createHash } from 'node:crypto';
import { lstat, readlink } from 'node:fs/promises';
import { using } from '../../common/using.ts';
import { openFile } from '../tree/file.ts';
import { isGone } from '../tree/walk.ts';
import { type EnvContent, readEnv } from './env.ts';

/** Larger files are no env files; only those are held in memory, and only to compare them. */
export const MOST_ENV = 64 * 1024;

/** What stands at a path. */
export interface Look {
  readonly type: 'file' | 'link' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The sha256 of a file, the goal of a link as a byte string; else empty. */
  readonly content: string;
  readonly env: EnvContent | undefined;
}

/** Looks at a path, a byte string; undefined where nothing is. Throws the errno error. */
export async function look(path: string): Promise<Look | undefined> {
  const at = Buffer.from(path, 'latin1');
  const stats = await lstat(at).catch((error: unknown) => {
    if (!isGone(error)) throw error;
    return undefined;
  });
  if (stats === undefined) return undefined;
  const { uid, gid } = stats;
  const facts = { mode: stats.mode & 0o7777, uid, gid };
  if (stats.isSymbolicLink()) {
    const goal = (await readlink(at, { encoding: 'buffer' })).toString('latin1');
    return { ...facts, type: 'link', content: goal, env: undefined };
  }
  if (!stats.isFile()) return { ...facts, type: 'other', content: '', env: undefined };
  const kept = new Kept(stats.size);
  const content = await using(await openFile(at), async (file) => {
    const hash = createHash('sha256');
    for await (const piece of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      hash.update(piece);
      kept.add(piece);
    }
    return hash.digest('hex');
  });
  return { ...facts, type: 'file', content, env: kept.env() };
}

/** The content of a file that is small enough to be an env file. */
export class Kept {
  readonly #pieces: Buffer[] | undefined;

  constructor(size: number) {
    this.#pieces = size <= MOST_ENV ? [] : undefined;
  }

  /** Takes a copy: whoever reads may use the bytes again. */
  add(piece: Buffer): void {
    this.#pieces?.push(Buffer.from(piece));
  }

  env(): EnvContent | undefined {
    return this.#pieces && readEnv(Buffer.concat(this.#pieces).toString('utf8'));
  }
}
