import type { Layout } from './layout.ts';
import { type RdbContent, totalOf } from './rdb/content.ts';

/** What is recorded of a dump beside its fingerprint; keys of `details` in the manifest. */
export interface RedisDetails extends Omit<Layout, 'schema'> {
  readonly rdbVersion: number;
  /** Keys with a time to live, by the names of the fingerprint: they may be gone when it is restored. */
  readonly expiring: Readonly<Record<string, number>>;
  readonly functions: number;
  /** Bytes that the server took for its data. */
  readonly usedMemory: number;
}

/** The facts for `details`. */
export function detailsOf(content: RdbContent, layout: Layout, usedMemory: number): Record<string, unknown> {
  const { schema: _, ...told } = layout;
  const { version: rdbVersion, expiring, functions } = content;
  const details: RedisDetails = { ...told, rdbVersion, expiring, functions, usedMemory };
  return { ...details };
}

/** "3 key spaces, 120 keys, 7 of them with a time to live". */
export function contentWords({ counts, expiring }: Pick<RdbContent, 'counts' | 'expiring'>): string {
  const names = new Set([...Object.keys(counts), ...Object.keys(expiring)]);
  const mortal = totalOf(expiring);
  return `${names.size} key spaces, ${totalOf(counts) + mortal} keys, ${mortal} of them with a time to live`;
}
