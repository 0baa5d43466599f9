/** What is done to the network, and to the run, in one round of the test of chaos. Random, but the same for a seed. */
import type { Toxic } from '../stack/toxiproxy.ts';
import { KILL_WAYS, type KillWay } from './killed-run.ts';
import type { Random } from './seed.ts';

/** One round. Moments are parts of the length of an ordinary run. */
export interface Round {
  readonly name: string;
  readonly toxic?: Toxic;
  /** When the network becomes bad. */
  readonly begins: number;
  /** Milliseconds until it is good again; undefined for the rest of the run. */
  readonly lasts?: number;
  /** "upload": only when the bytes of the dump are on their way; then so many milliseconds later. */
  readonly kill?: { readonly when: 'any moment' | 'upload'; readonly after: number; readonly way: KillWay };
}

/** As many rounds as asked for; every kind comes up before one comes again. */
export function planRounds(count: number, random: Random): Round[] {
  const kinds = [reset, killed, slow, killedInUpload, hole, killed, late, killedInUpload, slowClose, cut, blind];
  return Array.from({ length: count }, (_, index) => (kinds[index % kinds.length] ?? reset)(random));
}

function between(random: Random, least: number, most: number): number {
  return Math.round(least + random() * (most - least));
}

/** Network that is bad for a while, somewhere in the run. */
function whileBad(random: Random, name: string, toxic: Toxic): Round {
  const stream = random() < 0.5 ? 'upstream' : 'downstream';
  return { name, toxic: { stream, ...toxic }, begins: random() * 0.9, lasts: between(random, 200, 2500) };
}

function reset(random: Random): Round {
  return whileBad(random, 'reset', { type: 'reset_peer', attributes: { timeout: between(random, 0, 200) } });
}

function hole(random: Random): Round {
  return whileBad(random, 'black hole', { type: 'timeout', attributes: { timeout: 0 } });
}

function blind(random: Random): Round {
  return whileBad(random, 'black hole of answers', {
    type: 'timeout',
    stream: 'downstream',
    attributes: { timeout: 0 },
  });
}

function cut(random: Random): Round {
  const bytes = between(random, 1000, 4_000_000);
  return whileBad(random, 'cut', { type: 'limit_data', attributes: { bytes } });
}

function slow(random: Random): Round {
  const rate = between(random, 3000, 8000);
  return {
    name: 'slow',
    toxic: { type: 'bandwidth', stream: 'upstream', attributes: { rate } },
    begins: random() * 0.5,
  };
}

function late(random: Random): Round {
  const attributes = { latency: between(random, 10, 60), jitter: 10 };
  return { name: 'late', toxic: { type: 'latency', attributes }, begins: random() * 0.5 };
}

function slowClose(random: Random): Round {
  const attributes = { delay: between(random, 100, 1000) };
  return { name: 'slow close', toxic: { type: 'slow_close', attributes }, begins: 0 };
}

function killed(random: Random): Round {
  return { name: 'kill', begins: 1, kill: { when: 'any moment', after: random(), way: wayOf(random) } };
}

/** On a line so slow that the upload takes much longer than the wait for the kill. */
function killedInUpload(random: Random): Round {
  const toxic: Toxic = { type: 'bandwidth', stream: 'upstream', attributes: { rate: 1500 } };
  const kill = { when: 'upload', after: between(random, 100, 3000), way: wayOf(random) } as const;
  return { name: 'kill in the upload', toxic, begins: 0, kill };
}

function wayOf(random: Random): KillWay {
  return KILL_WAYS[Math.trunc(random() * KILL_WAYS.length)] ?? 'process';
}
