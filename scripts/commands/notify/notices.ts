import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { toFailure } from '../../common/failure.ts';
import type { Config } from '../../config/config.ts';
import { processEnvironment } from '../../config/environment.ts';
import { openNotifier } from '../../notify/index.ts';
import { type Memory, readMemory, writeMemory } from '../../notify/memory.ts';
import type { Notice } from '../../notify/notifier.ts';
import { type Listener, type Probed, probe, type Told, tell } from '../../notify/tell.ts';
import type { RunRecord } from '../../runs/record.ts';
import { sameWork, sinceLastGood, workOf } from '../same-work.ts';
import { wordEnd, wordLate, wordStart } from './notices-words.ts';

/** The file in the state folder that holds what was told. */
const MEMORY_FILE = 'notices.json';

/** Milliseconds for one message to all: a little more than notifiers try by themselves. */
const LONGEST = 45_000;

/**
 * The message that a run is worth: its start while it has no result, else what it came to. Undefined for a run that did
 * nothing, because it was not due or another one was at it. `previous`: the runs before it, oldest first.
 */
export function noticeOf(record: RunRecord, previous: readonly RunRecord[]): Notice | undefined {
  const { environment, host, result } = record;
  if (result?.outcome === 'skipped') return undefined;
  const about = { environment, host, work: workOf(record), run: record };
  if (result === undefined) {
    return { ...about, kind: 'start', time: record.startedAt, news: '', ...wordStart(record) };
  }
  const kind = kindOf(record);
  const failures = kind === 'success' ? sinceLastGood(sameWork(record, previous)) : [];
  const time = record.finishedAt ?? record.startedAt;
  const recovery = failures.length > 0 ? ({ recovery: true } as const) : {};
  return { ...about, kind, time, news: newsOf(record), ...recovery, ...wordEnd(record, result, failures) };
}

/** What {@link lateNotice} tells of. */
export interface Lateness {
  readonly environment: string;
  /** When the newest good set was made; undefined: there is none. */
  readonly lastGood: Date | undefined;
  readonly rpoSeconds: number;
  readonly now: Date;
}

/** The message that no run gives rise to: nothing good was made for too long. Undefined while all is well. */
export function lateNotice({ environment, lastGood, rpoSeconds, now }: Lateness): Notice | undefined {
  const age = lastGood && (now.getTime() - lastGood.getTime()) / 1000;
  if (age !== undefined && age <= rpoSeconds) return undefined;
  const words = wordLate(environment, age, rpoSeconds);
  const about = {
    environment,
    host: hostname(),
    time: now.toISOString(),
    work: workOf({ environment, command: 'backup', choice: [] }),
  };
  return { ...about, kind: 'suspicious', news: 'late', ...words };
}

function kindOf({ result }: RunRecord): 'success' | 'failure' | 'suspicious' {
  if (result?.outcome !== 'good') return 'failure';
  return result.suspicions.length > 0 ? 'suspicious' : 'success';
}

/** What stays the same when a failure comes back; sizes, times and numbers of connections do not. */
function newsOf({ result }: RunRecord): string {
  if (result === undefined) return '';
  const { outcome, error, failed, destinations, suspicions } = result;
  const parts = [
    outcome,
    error?.code ?? '',
    ...failed.map(({ source, reason }) => `${source}: ${reason}`),
    ...destinations.flatMap(({ name, failure }) => (failure === undefined ? [] : [name])),
    ...suspicions,
  ];
  return parts.join('\n').replace(/[0-9][0-9.,]*(?: [kMGTP]?B)?/g, '#');
}

/** How messages are sent. */
export interface SendOptions {
  /** Not that of the run: a run that was ended still tells. Missing: {@link LONGEST} is the only limit. */
  readonly signal?: AbortSignal;
  /** Where what was told is remembered; made when it is missing. Undefined: nothing is held back or remembered. */
  readonly stateFolder?: string | undefined;
}

type Addressees = Pick<Config, 'notify' | 'notifyRepeatHours'>;

/**
 * Brings a message to everyone whom the settings name, and tells what became of it: what failed there is for warnings,
 * never for the outcome of a run. Takes half a minute at most, when places are dead. Never throws.
 */
export async function tellAll(config: Addressees, notice: Notice, options: SendOptions): Promise<readonly Told[]> {
  const { listeners, broken } = await openAll(config);
  if (listeners.length === 0) return broken;
  const { stateFolder, signal = AbortSignal.timeout(LONGEST) } = options;
  const path = stateFolder === undefined ? undefined : join(stateFolder, MEMORY_FILE);
  const memory = path === undefined ? [] : await readMemory(path);
  const telling = await tell(listeners, notice, { signal, memory, repeatHours: config.notifyRepeatHours });
  const forgotten = path === undefined ? [] : await keepMemory(path, memory, telling.memory);
  return [...telling.told, ...broken, ...forgotten];
}

/** Tells everyone that notifications work; a watchdog that never heard anything does not alarm either. */
export async function sendTest(
  config: Addressees & Pick<Config, 'environment'>,
  options: Pick<SendOptions, 'signal'> = {},
): Promise<readonly Told[]> {
  const { environment } = config;
  const notice: Notice = {
    kind: 'test',
    title: `test: messages of Holdfast about ${environment} arrive here`,
    lines: ['Nothing happened: somebody asked for this message.'],
    environment,
    host: hostname(),
    time: new Date().toISOString(),
    work: environment,
    news: '',
  };
  return await tellAll(config, notice, options);
}

/** Finds out, as far as that can be told without sending anything, whether messages would arrive. Never throws. */
export async function probeAll(
  config: Pick<Config, 'notify'>,
  signal = AbortSignal.timeout(LONGEST),
): Promise<readonly Probed[]> {
  const { listeners, broken } = await openAll(config);
  return [...(await Promise.all(listeners.map((listener) => probe(listener, signal)))), ...broken];
}

async function openAll({ notify }: Pick<Config, 'notify'>): Promise<{ listeners: Listener[]; broken: Told[] }> {
  const surroundings = { environment: processEnvironment(), platform: process.platform };
  const listeners: Listener[] = [];
  const broken: Told[] = [];
  for (const choice of notify) {
    try {
      listeners.push(await openNotifier(choice, surroundings));
    } catch (error) {
      // Its settings do not go together, which its own Failure says without showing them.
      broken.push({ name: choice.name, outcome: 'failed', reason: toFailure(error).message });
    }
  }
  return { listeners, broken };
}

/** A memory that cannot be kept makes people hear the same twice: worth a warning, and no more. */
async function keepMemory(path: string, before: Memory, after: Memory): Promise<Told[]> {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  try {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    await writeMemory(path, after);
    return [];
  } catch (error) {
    const reason = `what was told cannot be remembered in "${path}": ${(error as NodeJS.ErrnoException).code}`;
    return [{ name: MEMORY_FILE, outcome: 'failed', reason }];
  }
}
