/** Servers of later generations are refused. None can be had here: small fakes say what theirs say. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Failure } from '../../../../scripts/common/failure.ts';
import type { ServerAddress } from '../../../../scripts/datastores/datastore.ts';
import { openConnection } from '../../../../scripts/datastores/influxdb/connection/connection.ts';
import type { Engine } from '../../../../scripts/engines/engine.ts';

/** Where no program may be run before the server was asked. */
const NO_PROGRAMS = { run: () => Promise.reject(new Failure('tool-missing', { message: 'no influxd here' })) };

/** What a server of the second generation says to /ping; everything else is refused without a token. */
async function startFake(headers: IncomingHttpHeaders): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/ping' ? 204 : 401, { ...headers }).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

function addressOf(engine: object, port: number, service = ''): ServerAddress {
  return { engine: engine as Engine, service, label: 'http://metrics:8086', host: '127.0.0.1', port } as ServerAddress;
}

test('a server of the second or third generation is refused before programs are looked for, and the stock command named', async () => {
  for (const [said, found] of [
    ['v2.7.11', '2.7.11'],
    ['3.4.1', '3.4.1'],
  ]) {
    await using fake = await startFake({ 'x-influxdb-build': 'OSS', 'x-influxdb-version': said });
    await assert.rejects(openConnection(addressOf(NO_PROGRAMS, fake.port), {}), (failure: Failure) => {
      assert.equal(failure.code, 'version');
      assert.equal(failure.message, `http://metrics:8086 is InfluxDB ${found}, expected 1.5 to 1.x`);
      assert.match(failure.hint ?? '', /`influx backup`.*`influx restore`.*`files:`/);
      return true;
    });
  }
});

test('a server that says no version, or that of the first generation, is asked through its programs', async () => {
  for (const headers of [{}, { 'x-influxdb-version': '1.8.10' }, { 'x-influxdb-version': 'unknown' }]) {
    await using fake = await startFake(headers);
    await assert.rejects(openConnection(addressOf(NO_PROGRAMS, fake.port), {}), { code: 'tool-missing' });
  }
  await assert.rejects(openConnection(addressOf(NO_PROGRAMS, 1), {}), { code: 'tool-missing' });
});

test('in a container the version is that of its own influxd', async () => {
  const stdout = 'InfluxDB v2.7.11 (git: fbf5d4ab5e) build_date: 2024-12-02T17:48:15Z\n';
  const details = { running: true, environment: new Map(), labels: {} };
  const engine = { inspect: async () => details, run: async () => ({ code: 0, stdout, stderr: '' }) };
  const expected = { code: 'version', message: 'http://metrics:8086 is InfluxDB 2.7.11, expected 1.5 to 1.x' };
  await assert.rejects(openConnection(addressOf(engine, 1, 'metrics'), {}), expected);
});
