import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../../scripts/common/failure.ts';
import { Secret } from '../../../../scripts/common/secret.ts';
import {
  addressOf,
  type Order,
  readAnswer,
  writeFailure,
  writeOrder,
} from '../../../../scripts/datastores/exchange/order.ts';
import { hasEnded, ownRunner } from '../../../../scripts/datastores/mongodb/exchange/runner.ts';
import { hostEngine } from '../../../../scripts/engines/host.ts';

const engine = hostEngine({});
const address = { kind: 'mongo', name: 'default', service: '', label: 'here', user: 'root', port: 27017 } as const;

test('an order names the server, the login and the engine by name', () => {
  const given = { ...address, engine, password: new Secret('p%s') };
  const order = JSON.parse(writeOrder(given, [])) as Order;
  const { password, ...read } = addressOf(order, [engine]);
  assert.deepEqual({ ...read, password: password?.reveal() }, { ...address, engine, password: 'p%s' });
  assert.throws(() => addressOf(order, []), /there is no engine "host"/);
});

test('a failure comes over the pipe as it is, notes as well', () => {
  const failure = new Failure('timeout', { message: 'm', stands: 's', detail: 'd', hint: 'h', step: 'exchange' });
  assert.throws(
    () => readAnswer(JSON.stringify(writeFailure(failure))),
    (error: Failure) => error instanceof Failure && JSON.stringify({ ...error }) === JSON.stringify({ ...failure }),
  );
  assert.deepEqual(readAnswer('{"notes":["n"]}\n'), ['n']);
});

test('a process counts as gone when its time is over, its machine was started anew, or nobody has its number', async () => {
  const own = await ownRunner();
  assert.equal(await hasEnded(own, own), false);
  assert.equal(await hasEnded({ ...own, until: Date.now() - 1 }, own), true);
  assert.equal(await hasEnded({ ...own, bootId: 'other' }, own), true);
  assert.equal(await hasEnded({ ...own, pid: 2 ** 30 }, own), true);
  assert.equal(await hasEnded({ ...own, pid: 2 ** 30, pidSpace: 'other' }, own), false);
  assert.equal(await hasEnded({ ...own, pid: 2 ** 30, host: 'other' }, own), false);
});
