/** The oldest Node that Holdfast runs on, as package.json says it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { cached } from './cache.ts';
import { run } from './run.ts';

/** Gives the path of its program: of the npm package that ships it, kept in the cache. */
export async function oldestNode(): Promise<string> {
  const { engines } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  const lowest = /^>=(\d+\.\d+)$/.exec(engines.node)?.[1];
  if (lowest === undefined) throw new Error(`engines.node is "${engines.node}", expected one like ">=22.18"`);
  const name = `node-linux-${process.arch}`;
  const folder = await cached(`${name}-${lowest}`, async (target) => {
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];
    await run('npm', ['install', ...flags, '--prefix', target, `${name}@${lowest}.0`]);
  });
  return join(folder, 'node_modules', name, 'bin', 'node');
}
