import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Surroundings } from '../../../scripts/around/shell.ts';

/** A folder that is there until the tests of a file have ended. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-around-'));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Where commands of a test run. */
export function surroundings(folder: string, more: Readonly<Record<string, string>> = {}): Surroundings {
  return { folder, environment: { PATH: process.env.PATH, ...more } };
}

/** A signal that nobody aborts. */
export function noSignal(): AbortSignal {
  return new AbortController().signal;
}
