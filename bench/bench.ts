#!/usr/bin/env node
/**
 * `make bench`: measures what the README claims against other ways to do the same, side by side, and prints one table
 * of ratios. Exit code 1 when a limit is missed. README.md beside this file tells how it is done.
 */
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { measureBackup, ourSet } from './backup.ts';
import { measureEncryption } from './encryption.ts';
import { measureMemory } from './memory.ts';
import { measureObjects } from './objects.ts';
import { closePlace, openPlace, type Place } from './place.ts';
import { measureRestore } from './restore.ts';
import { measureStart } from './start.ts';
import { measureStreaming } from './streaming.ts';
import { type Line, layTable, ratioLine } from './table.ts';
import { measureVerify } from './verify.ts';

/** What needs the servers, and what needs none. */
const placed = ['start', 'backup', 'encryption', 'restore', 'memory'] as const;
const parts = ['streaming', 'verify', 'objects', ...placed] as const;
type Placed = (typeof placed)[number];
type Part = (typeof parts)[number];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Wish {
  readonly parts: readonly Part[];
  /** Small data, for a quick look: the ratios then tell little. */
  readonly small: boolean;
  readonly rounds: number;
}

function parseWish(): Wish {
  const { values } = parseArgs({ options: { only: { type: 'string' }, small: { type: 'boolean', default: false } } });
  const words = values.only?.split(',') ?? parts;
  const unknown = words.find((word) => !parts.includes(word as Part));
  if (unknown !== undefined) throw new Error(`no part "${unknown}": there are ${parts.join(', ')}`);
  const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error('BENCH_ROUNDS must be a whole number above 0');
  return { parts: parts.filter((part) => words.includes(part)), small: values.small, rounds };
}

async function measure(place: Place, wish: Wish): Promise<Line[]> {
  const { small, rounds } = wish;
  const megabytes = small ? [30, 60] : [300, 3000];
  const measures: Record<Placed, () => Promise<Line[]>> = {
    start: () => startLines(place, rounds),
    backup: () => measureBackup(place, rounds, say),
    encryption: () => measureEncryption(place, rounds, say),
    restore: () => measureRestore(place, rounds, say),
    memory: () => measureMemory(place, megabytes, say),
  };
  const lines: Line[] = [];
  for (const part of placed.filter((one) => wish.parts.includes(one))) {
    say(`measuring ${part}`);
    lines.push(...(await measures[part]()));
  }
  return lines;
}

/** Short runs: many more rounds, or the noise of one switch of processes decides. */
async function startLines(place: Place, rounds: number): Promise<Line[]> {
  const [help, list] = await measureStart(place, await ourSet(place), rounds * 8);
  return [ratioLine('--help to node -e 0', help, 4), ratioLine('list of 100 sets to node -e 0', list, 6)];
}

function scaleOf({ parts: wanted, small }: Wish): 'small' | 'demo' | 'bench' {
  if (wanted.every((part) => !isPlaced(part) || part === 'start')) return 'small';
  return small ? 'demo' : 'bench';
}

async function main(): Promise<number> {
  const wish = parseWish();
  say(`${availableParallelism()} cores, ${wish.rounds} rounds`);
  const lines = [...(await plainLines(wish)), ...(await placedLines(wish))];
  process.stdout.write(`${layTable(lines)}\n`);
  return lines.some(({ kept }) => kept === false) ? 1 : 0;
}

/** What needs no servers of ours. */
async function plainLines({ parts: wanted, small, rounds }: Wish): Promise<Line[]> {
  const bytes = small ? 2e8 : 2e9;
  const objects = small ? 2000 : 20_000;
  const lines: Line[] = [];
  for (const [part, measurePart] of [
    ['streaming', measureStreaming],
    ['verify', measureVerify],
    ['objects', measureObjects],
  ] as const) {
    if (!wanted.includes(part)) continue;
    say(`measuring ${part}`);
    lines.push(...(await measurePart({ bytes, objects, rounds }, say)));
  }
  return lines;
}

function isPlaced(part: Part): part is Placed {
  return placed.some((one) => one === part);
}

async function placedLines(wish: Wish): Promise<Line[]> {
  if (!wish.parts.some(isPlaced)) return [];
  say('bringing up servers and filling them');
  const place = await openPlace(scaleOf(wish), say);
  try {
    return await measure(place, wish);
  } finally {
    await closePlace(place);
  }
}

process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  return 2;
});
