import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { Failure, type FailureCode } from '../../../scripts/common/failure.ts';
import { hidesNothingOf } from '../../../scripts/notify/hide.ts';
import { sendHttp } from '../../../scripts/notify/http.ts';
import type { Notifier } from '../../../scripts/notify/notifier.ts';
import { withPatience } from '../../../scripts/notify/wrappers/patience.ts';
import { exampleNotice } from '../../contract/notify.ts';
import { httpPlace, type Place } from '../../contract/notify-place.ts';

let place: Place;
let answer: { status: number; headers?: Record<string, string>; body?: string } | undefined;

before(async () => {
  place = await httpPlace((request, response) => {
    if (answer === undefined || request.url === '/new') return false;
    response.writeHead(answer.status, answer.headers).end(answer.body);
    return true;
  });
});
after(() => place.close());

const at = (path = '/old'): URL => new URL(`http://127.0.0.1:${place.port}${path}`);
const post = (url = at()) => sendHttp({ url, method: 'POST', body: 'hello', signal: AbortSignal.timeout(5000) });

async function failureOf(sending: Promise<void>): Promise<Failure> {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Failure, String(error));
  return error;
}

const STATUSES: readonly [number, FailureCode][] = [
  [400, 'tool-failed'],
  [401, 'denied'],
  [403, 'denied'],
  [404, 'not-found'],
  [408, 'unreachable'],
  [410, 'not-found'],
  [413, 'tool-failed'],
  [429, 'unreachable'],
  [500, 'unreachable'],
  [502, 'unreachable'],
  [303, 'tool-failed'],
];

for (const [status, code] of STATUSES) {
  test(`an answer ${status} is "${code}" and is named with the host alone`, async () => {
    answer = { status, headers: { location: '/new' }, body: 'no_service' };
    const failure = await failureOf(post());
    assert.equal(failure.code, code);
    assert.match(failure.message, new RegExp(`^"127\\.0\\.0\\.1" answered ${status} [A-Z]`));
    assert.equal(failure.detail, 'no_service');
  });
}

for (const status of [301, 302, 307, 308]) {
  test(`a redirect ${status} on the same host is followed with the message`, async () => {
    answer = { status, headers: { location: '/new' } };
    place.arrived.length = 0;
    await post();
    assert.deepEqual(
      place.arrived.map(({ method, path, body }) => [method, path, body]),
      [['POST', '/new', 'hello']],
    );
  });
}

test('a redirect to another host is refused, and that host is never asked', async () => {
  const other = await httpPlace();
  try {
    answer = { status: 307, headers: { location: `http://localhost:${other.port}/new` } };
    assert.equal((await failureOf(post())).code, 'denied');
    answer = { status: 307, headers: { location: `http://127.0.0.1:${other.port}/new` } };
    assert.equal((await failureOf(post())).code, 'denied');
    assert.equal(other.tries, 0);
  } finally {
    await other.close();
  }
});

test('redirects without an end are given up', async () => {
  answer = { status: 302, headers: { location: '/old' } };
  place.tries = 0;
  assert.match((await failureOf(post())).message, /more than three times/);
  assert.equal(place.tries, 4);
});

test('an answer without an end costs neither time nor memory', async () => {
  answer = undefined;
  place.mood = 'floods';
  const began = Date.now();
  const before = process.memoryUsage().arrayBuffers;
  assert.equal((await failureOf(post())).code, 'not-found');
  assert.ok(Date.now() - began < 1500, `took ${Date.now() - began} ms`);
  assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000);
  place.mood = 'good';
});

test('a place that hangs up in the middle of its answer is tried again', async () => {
  let tries = 0;
  const server = createServer((socket) => {
    tries += 1;
    socket.end('HTTP/1.1 200 OK\r\ncontent-le');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const send: Notifier['send'] = (_, { signal }) => sendHttp({ url, method: 'POST', body: 'x', signal });
  const patience = { attempts: 3, timeout: 3000, firstDelay: 1, longestDelay: 1 };
  const sending = withPatience({ name: 'x', send }, patience).send(exampleNotice(), {
    signal: AbortSignal.timeout(9000),
  });
  assert.equal((await failureOf(sending)).code, 'unreachable');
  assert.equal(tries, 3);
  server.close();
});

for (const [asked, longestDelay, least, most] of [
  ['1', 5000, 1900, 4000],
  ['3600', 50, 90, 1500],
] as const) {
  test(`"Retry-After: ${asked}" is heeded, up to ${longestDelay} ms`, async () => {
    answer = { status: 429, headers: { 'retry-after': asked } };
    place.tries = 0;
    const patience = { attempts: 3, timeout: 3000, firstDelay: 1, longestDelay };
    const send: Notifier['send'] = (_, { signal }) => sendHttp({ url: at(), method: 'POST', body: 'x', signal });
    const began = Date.now();
    await failureOf(
      withPatience({ name: 'x', send }, patience).send(exampleNotice(), { signal: AbortSignal.timeout(9000) }),
    );
    const took = Date.now() - began;
    assert.equal(place.tries, 3);
    assert.ok(took >= least && took < most, `took ${took} ms`);
  });
}

test('the words of a place are shown when they are plain, and never when they hold a part of a secret', () => {
  assert.ok(hidesNothingOf('invalid_token', ['https://h/services/T0']));
  assert.ok(hidesNothingOf('rate limited', []));
  assert.ok(!hidesNothingOf('no such topic sesame', ['https://ntfy.sh/sesame']));
  assert.ok(!hidesNothingOf('<html>', []));
  assert.ok(!hidesNothingOf('unknown key abc123', []));
  const word = fc.string({ unit: fc.constantFrom(...'abcXYZ_-. '), minLength: 3, maxLength: 12 });
  fc.assert(
    fc.property(word, word, word, (secret, before, after) => {
      fc.pre(secret.trim().length > 2);
      assert.ok(!hidesNothingOf(`${before}${secret}${after}`, [secret]));
    }),
  );
});
