import assert from 'node:assert/strict';
import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, test } from 'node:test';
import { type HealthCheck, waitUntilHealthy } from '../../../scripts/around/health.ts';
import { Failure } from '../../../scripts/common/failure.ts';
import { noSignal, surroundings, testFolder } from './folder.ts';

const place = surroundings(testFolder());
const servers: (HttpServer | Server)[] = [];
after(() => {
  for (const server of servers) server.close();
});

async function listen(server: HttpServer | Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A server that answers with each of these in turn, and with the last one from then on. */
async function answering(...answers: readonly [status: number, body: string][]): Promise<string> {
  let asked = 0;
  const server = createHttp((_, response) => {
    const [status, body] = answers[Math.min(asked, answers.length - 1)] ?? [500, ''];
    asked += 1;
    response.writeHead(status, { location: '/elsewhere', connection: 'close' }).end(body);
  });
  return `http://127.0.0.1:${await listen(server)}/health`;
}

const check = (one: HealthCheck, signal = noSignal()) => waitUntilHealthy(one, place, signal);
const http = (url: string, more: Partial<Extract<HealthCheck, { kind: 'http' }>> = {}): HealthCheck => ({
  ...{ kind: 'http', name: 'web', url, status: undefined, contains: undefined, seconds: 1 },
  ...more,
});

test('an address that answers with 200 or leads elsewhere is healthy', async () => {
  await check(http(await answering([200, 'fine'])));
  await check(http(await answering([302, ''])));
});

test('an address that comes up later is waited for', async () => {
  await check(http(await answering([503, 'starting'], [503, 'starting'], [200, 'up']), { seconds: 10 }));
});

test('an address that goes on answering wrongly is not healthy, and what it said is told', async () => {
  const url = await answering([502, 'bad gateway']);
  await assert.rejects(check(http(url)), {
    code: 'unreachable',
    message: '"web" is not healthy after 1 s: found status 502, expected 200 to 399',
  });
  await assert.rejects(check(http(await answering([200, '']), { status: 204 })), /found status 200, expected 204/);
  await check(http(await answering([404, '']), { status: 404 }));
});

test('an answer must hold the text that is asked for', async () => {
  await check(http(await answering([200, `${'x'.repeat(100_000)}database: up`]), { contains: 'database: up' }));
  const wrong = check(http(await answering([200, 'database: down']), { contains: 'database: up' }));
  await assert.rejects(wrong, /status 200, but "database: up" is not in the answer/);
});

test('an address where nobody listens, or nobody answers, is not healthy in time', async () => {
  const port = await listen(createServer());
  servers.pop()?.close();
  await assert.rejects(check(http(`http://127.0.0.1:${port}/`)), /no answer: .*ECONNREFUSED/);
  const silent = await listen(createServer((socket) => void socket.on('error', () => socket.destroy()).resume()));
  const began = Date.now();
  await assert.rejects(check(http(`http://127.0.0.1:${silent}/`)), /no answer within \d+ ms/);
  assert.ok(Date.now() - began < 3000, 'it waited longer than it was told');
});

test('a port that takes connections is healthy, one that does not is named', async () => {
  const port = await listen(createServer((socket) => void socket.destroy()));
  await check({ kind: 'tcp', name: 'db', host: '127.0.0.1', port, seconds: 1 });
  const closed = await listen(createServer());
  servers.pop()?.close();
  const wrong = check({ kind: 'tcp', name: 'db', host: '127.0.0.1', port: closed, seconds: 1 });
  await assert.rejects(wrong, /"db" is not healthy after 1 s: no connection: .*ECONNREFUSED/);
});

test('a command is healthy when it ends with 0, and its words are told when it does not', async () => {
  const run = 'test -e up || { touch up; exit 1; }';
  await check({ kind: 'run', name: 'self test', run, seconds: 10 });
  await assert.rejects(check({ kind: 'run', name: 'self test', run: 'echo no queue; exit 4', seconds: 1 }), {
    message: '"self test" is not healthy after 1 s: found exit code 4, expected 0',
    detail: 'no queue',
  });
  await assert.rejects(check({ kind: 'run', name: 'slow', run: 'sleep 30', seconds: 1 }), /did not end within 1 s/);
});

test('an abort ends the wait at once', async () => {
  const stop = new AbortController();
  const reason = new Failure('interrupted', { message: 'ended by SIGINT' });
  const url = await answering([503, '']);
  setTimeout(() => stop.abort(reason), 300);
  const began = Date.now();
  await assert.rejects(check(http(url, { seconds: 60 }), stop.signal), reason);
  assert.ok(Date.now() - began < 3000);
});
