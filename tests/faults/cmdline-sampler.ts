/**
 * A process of its own that looks again and again at the arguments of every process of this machine, containers included,
 * and into the files below some folders. Standard input: first a line of JSON (see `Order`), then its end, which ends the
 * work. Standard output: "ready", then a line of JSON (see `Findings`). No secret is ever printed, nor stands in ours.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { walkFiles } from '../../scripts/storage/local-read.ts';

/** What to look for, and where besides the arguments of all processes. */
export interface Order {
  readonly forms: readonly string[];
  readonly folders: readonly string[];
}

/** What was found. */
export interface Findings {
  /** How often all processes were looked at. */
  readonly rounds: number;
  /** Names of all programs that were seen. */
  readonly programs: readonly string[];
  /** Where a secret stood: "arguments of sh: form 3", or the path of a file. */
  readonly hits: readonly string[];
}

/** A process that has not changed for so long is looked at only in every sixteenth round; milliseconds. */
const SETTLED = 2000;
const ROUNDS_BETWEEN = 16;
/** Pause between two rounds, and between two looks into the folders; milliseconds. */
const PAUSE = 2;
const FILES_EVERY = 100;

const firstSeen = new Map<string, number>();
const checkedFiles = new Map<string, string>();
const programs = new Set<string>();
const hits = new Set<string>();

function lookAtProcesses(forms: readonly string[], round: number): void {
  const now = Date.now();
  const pids = readdirSync('/proc').filter((name) => name >= '1' && name < ':');
  for (const pid of pids) {
    const since = firstSeen.get(pid) ?? now;
    firstSeen.set(pid, since);
    if (now - since < SETTLED || round % ROUNDS_BETWEEN === 0) lookAtArguments(pid, forms);
  }
  if (round % ROUNDS_BETWEEN === 0) for (const pid of firstSeen.keys()) if (!pids.includes(pid)) firstSeen.delete(pid);
}

function lookAtArguments(pid: string, forms: readonly string[]): void {
  const text = read(`/proc/${pid}/cmdline`);
  if (text === '') return;
  const program = basename(text.split('\0', 1)[0] ?? '');
  programs.add(program);
  forms.forEach((form, index) => {
    if (text.includes(form)) hits.add(`arguments of ${program}: form ${index}`);
  });
}

function lookAtFiles({ forms, folders }: Order): void {
  for (const folder of folders) {
    for (const { path } of files(folder)) {
      const file = `${folder}/${path}`;
      const state = stateOf(file);
      if (checkedFiles.get(file) === state) continue;
      checkedFiles.set(file, state);
      const text = read(file);
      forms.forEach((form, index) => {
        if (text.includes(form)) hits.add(`${file}: form ${index}`);
      });
    }
  }
}

function files(folder: string): { path: string }[] {
  try {
    return walkFiles(folder);
  } catch {
    // A folder in it went away while we walked: the next round sees what is left.
    return [];
  }
}

function stateOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return `${stat?.size} ${stat?.mtimeMs}`;
}

/** Latin-1 keeps every byte of a dump apart. What is gone or not ours to read is empty. */
function read(path: string): string {
  try {
    return readFileSync(path, path.startsWith('/proc/') && path.endsWith('/cmdline') ? 'utf8' : 'latin1');
  } catch {
    return '';
  }
}

/** On a busy machine a short process would come and go between two rounds. Only root may do this. */
function hurry(): void {
  if (process.getuid?.() === 0) setPriority(-15);
}

async function main(): Promise<void> {
  hurry();
  const input = createInterface({ input: process.stdin });
  const order: Order = JSON.parse(String((await input[Symbol.asyncIterator]().next()).value));
  let isOver = false;
  input.once('close', () => {
    isOver = true;
  });
  process.stdin.resume();
  process.stdout.write('ready\n');
  let [round, filesDue] = [0, 0];
  for (; !isOver; round += 1) {
    lookAtProcesses(order.forms, round);
    if (Date.now() >= filesDue) {
      lookAtFiles(order);
      filesDue = Date.now() + FILES_EVERY;
    }
    await sleep(PAUSE);
  }
  lookAtFiles(order);
  const findings: Findings = { rounds: round, programs: [...programs].sort(), hits: [...hits].sort() };
  process.stdout.write(`${JSON.stringify(findings)}\n`);
}

await main();
