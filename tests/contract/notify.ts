/** The suite that every notifier runs, against a real server that can misbehave. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { Failure } from '../../scripts/common/failure.ts';
import { loadNotifier } from '../../scripts/notify/index.ts';
import type { Notice, Notifier } from '../../scripts/notify/notifier.ts';
import { type Listener, probe, tell } from '../../scripts/notify/tell.ts';
import { type NoticePatience, withPatience } from '../../scripts/notify/wrappers/patience.ts';
import { freePort } from '../stack/daemon.ts';
import type { Place } from './notify-place.ts';

/** A member and how it is set up. */
export interface Candidate {
  readonly kind: string;
  openPlace(): Promise<Place>;
  /** Settings for a place on this port of 127.0.0.1. */
  settings(port: number): Readonly<Record<string, unknown>>;
  /** What must not show in any text: the cores of all secrets. */
  readonly secrets: readonly string[];
  /** The text that a message arrived as. */
  read(place: Place): string;
}

const QUICK: NoticePatience = { attempts: 3, timeout: 3000, firstDelay: 5, longestDelay: 50 };

/** A notice with letters that each format has its own trouble with. */
export function exampleNotice(more: Partial<Notice> = {}): Notice {
  return {
    kind: 'failure',
    title: 'backup of production failed: "täble" <a&b> $' + '{x} \\ `y`',
    lines: ['reason: größer als 5 GB & <b>', 'now: complete sets were not touched'],
    command: 'holdfast logs 2026-05-07T02-00-00-abcd',
    environment: 'production',
    host: 'shop-1',
    time: '2026-05-07T02:00:10Z',
    work: 'production backup',
    news: 'failed',
    ...more,
  };
}

/** Runs the suite. */
export function notifierSuite(candidate: Candidate): void {
  describe(`notifier ${candidate.kind}`, () => {
    let place: Place;
    before(async () => {
      place = await candidate.openPlace();
    });
    after(() => place.close());
    beforeEach(() => {
      place.arrived.length = 0;
      place.tries = 0;
    });

    for (const kind of ['start', 'success', 'failure', 'suspicious', 'test'] as const) {
      test(`brings a message of the kind "${kind}" to its place`, async () => {
        place.mood = 'good';
        const notifier = await open(candidate, place.port);
        await send(notifier, exampleNotice({ kind }));
        assert.equal(place.arrived.length, 1);
        const text = candidate.read(place);
        for (const part of ['täble', '<a&b>', ...(candidate.kind === 'ping' ? [] : ['größer', 'holdfast logs'])]) {
          assert.ok(text.includes(part), `"${part}" is not in ${text}`);
        }
      });
    }

    test('tries again when the place is down for a moment', async () => {
      place.mood = 'flaky';
      await send(await open(candidate, place.port), exampleNotice());
      assert.deepEqual([place.tries, place.arrived.length], [3, 1]);
    });

    for (const [mood, what, code, tries] of [
      ['down', 'is down', 'unreachable', 3],
      ['refuses', 'refuses', 'denied', 1],
      ['silent', 'is silent', 'timeout', 3],
    ] as const) {
      test(`ends with "${code}" and no secret in it when the place ${what}`, async () => {
        place.mood = mood;
        const patience = mood === 'silent' ? { ...QUICK, timeout: 300 } : QUICK;
        const failure = await failureOf(await open(candidate, place.port, patience), candidate);
        assert.deepEqual([failure.code, place.tries], [code, tries], inspect(failure));
      });
    }

    test('ends with "unreachable" and no secret in it when nobody listens', async () => {
      const failure = await failureOf(await open(candidate, await freePort()), candidate);
      assert.equal(failure.code, 'unreachable');
      assert.match(failure.message, /127\.0\.0\.1/);
    });

    test('tries a start once, because the work waits for it', async () => {
      place.mood = 'down';
      await assert.rejects(send(await open(candidate, place.port), exampleNotice({ kind: 'start' })), Failure);
      assert.equal(place.tries, 1);
    });

    test('finds out whether messages would arrive, and brings none', async () => {
      place.mood = 'good';
      const signal = AbortSignal.timeout(5000);
      assert.deepEqual(await probe(await listen(candidate, place.port), signal), { name: 'mine' });
      // healthchecks.io: a remark that changes nothing.
      const remarks = place.arrived.filter(({ path }) => path.endsWith('/log'));
      assert.deepEqual(place.arrived, candidate.kind === 'ping' ? remarks : []);
      const { reason } = await probe(await listen(candidate, await freePort()), signal);
      assert.match(reason ?? '', /127\.0\.0\.1" cannot be reached/);
      hidesAll(reason, candidate);
    });

    test('ends at once when the run is ended', async () => {
      place.mood = 'silent';
      const notifier = await open(candidate, place.port);
      const began = Date.now();
      await assert.rejects(notifier.send(exampleNotice(), { signal: AbortSignal.timeout(50) }));
      assert.ok(Date.now() - began < 1500, `took ${Date.now() - began} ms`);
    });

    test('what is told of a failure holds no secret', async () => {
      for (const mood of ['down', 'refuses'] as const) {
        place.mood = mood;
        const listener = await listen(candidate, place.port);
        const { told } = await tell([listener], exampleNotice(), { signal: AbortSignal.timeout(5000), repeatHours: 6 });
        assert.equal(told[0]?.outcome, 'failed');
        hidesAll(told, candidate);
      }
    });
  });
}

async function open({ kind, settings }: Candidate, port: number, patience = QUICK): Promise<Notifier> {
  const member = await loadNotifier(kind);
  assert.ok(member);
  const surroundings = { name: 'mine', environment: {}, platform: process.platform };
  return withPatience(await member.open(settings(port) as never, surroundings), patience);
}

async function listen(candidate: Candidate, port: number): Promise<Listener> {
  return { notifier: await open(candidate, port), on: ['failure'], audience: 'people' };
}

function send(notifier: Notifier, notice: Notice): Promise<void> {
  return notifier.send(notice, { signal: AbortSignal.timeout(5000) });
}

async function failureOf(notifier: Notifier, candidate: Candidate): Promise<Failure> {
  const error = await send(notifier, exampleNotice()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Failure, inspect(error));
  hidesAll(error, candidate);
  return error;
}

function hidesAll(shown: unknown, { secrets }: Candidate): void {
  const text = `${inspect(shown, { depth: 9, showHidden: true })} ${JSON.stringify(shown)}`;
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      assert.ok(!text.includes(form), `"${form}" is in ${text}`);
    }
  }
}
