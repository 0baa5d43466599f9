/** Dumps as people make them: by stock tools in the container of a server. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Server } from '../stack/containers.ts';

/** Runs a stock tool in the container of a server and keeps what it prints. */
export async function keep({ engine, container }: Server, file: string, words: readonly string[]): Promise<void> {
  const child = spawn(engine, ['exec', container, ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  await pipeline(child.stdout, createWriteStream(file));
  assert.deepEqual(await ended, [0, null]);
}

/** One database of MongoDB as an archive. */
export function mongodump(server: Server, database: string, file: string): Promise<void> {
  const login = ['-u', server.user, '-p', server.password, '--authenticationDatabase', 'admin'];
  return keep(server, file, ['mongodump', ...login, '--db', database, '--archive', '--gzip']);
}
