/**
 * `make test`: brings up the real servers once, runs every test against them, takes them down.
 * Arguments name test files or folders; none means all. With HOLDFAST_REQUIRE_ALL=1 a skipped test fails the run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { relative } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { startStack } from './stack/stack.ts';

/** In this order, so that a broken rule shows before a broken round trip; the last two want the machine to themselves. */
const ROOMS = [
  { folder: 'unit', concurrency: 2 },
  { folder: 'stack', concurrency: 1 },
  { folder: 'contract', concurrency: 2 },
  { folder: 'e2e', concurrency: 1 },
  { folder: 'faults', concurrency: 1 },
] as const;

const root = new URL('..', import.meta.url).pathname;

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

async function main(wanted: readonly string[]): Promise<number> {
  const began = Date.now();
  const stack = await startStack({ services: ['postgres', 'mongo', 'postgres-old'] });
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  try {
    process.env.HOLDFAST_STACK_STATE = stack.stateFile;
    for (const { folder, concurrency } of ROOMS) {
      const files = globSync(`tests/${folder}/**/*.test.ts`, { cwd: root }).sort();
      const chosen =
        wanted.length === 0 ? files : files.filter((file) => wanted.some((word) => file.startsWith(tidy(word))));
      if (chosen.length > 0) add(totals, await runFiles(chosen, concurrency));
    }
  } finally {
    await stack.stop();
  }
  return report(totals, Date.now() - began);
}

/** Runs files with node's own test runner, shows its lines as they come and reads the totals off the last ones. */
async function runFiles(files: readonly string[], concurrency: number): Promise<Totals> {
  const arguments_ = [
    '--test',
    '--test-timeout=900000',
    '--test-reporter=spec',
    `--test-concurrency=${concurrency}`,
    ...files,
  ];
  const child = spawn(process.execPath, arguments_, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(`${line}\n`);
    const [, word, count] = /^ℹ (pass|fail|cancelled|skipped|todo) (\d+)/.exec(line) ?? [];
    if (word === 'pass') totals.passed += Number(count);
    else if (word === 'fail' || word === 'cancelled') totals.failed += Number(count);
    else if (word) totals.skipped += Number(count);
  }
  const [code] = await ended;
  if (code !== 0 && totals.failed === 0) totals.failed = 1;
  return totals;
}

function report(totals: Totals, milliseconds: number): number {
  const strict = process.env.HOLDFAST_REQUIRE_ALL === '1';
  if (strict && totals.skipped > 0) process.stdout.write('a required test was skipped: that fails the run\n');
  process.stdout.write(`all tests took ${Math.round(milliseconds / 1000)} s\n`);
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
  return totals.failed > 0 || totals.passed === 0 || (strict && totals.skipped > 0) ? 1 : 0;
}

function add(totals: Totals, more: Totals): void {
  totals.passed += more.passed;
  totals.failed += more.failed;
  totals.skipped += more.skipped;
}

function tidy(word: string): string {
  return relative(root, new URL(word, `file://${process.cwd()}/`).pathname);
}

process.exitCode = await main(process.argv.slice(2));
