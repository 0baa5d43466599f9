import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../scripts/common/failure.ts';
import { parseInspect, withoutEnvironment } from '../../../scripts/engines/services.ts';

/** A container as both engines print it, with what a test wants changed. */
function container(change: object = {}) {
  return {
    Id: '4e2570f806c8',
    Name: '/shop-postgres-1',
    State: { Status: 'Running', Running: true, StartedAt: '2026-05-07T15:20:01.5Z' },
    Config: {
      Image: 'docker.io/library/postgres:18',
      Labels: { 'com.docker.compose.service': 'postgres', commas: 'a,b=c' },
      Env: ['POSTGRES_USER=shop', 'POSTGRES_PASSWORD=a=b\nc', 'EMPTY='],
      ExposedPorts: { '5432/tcp': {} },
    },
    NetworkSettings: {
      Ports: { '5432/tcp': [{ HostIp: '127.0.0.1', HostPort: '37583' }] },
      IPAddress: '10.88.0.5',
      Networks: {
        podman: { IPAddress: '10.88.0.5' },
        shop_default: { IPAddress: '10.89.0.7' },
        none: { IPAddress: '' },
      },
    },
    ...change,
  };
}
const parse = (...containers: unknown[]) => parseInspect('docker', JSON.stringify(containers));

test('a container is read with all that is asked of it', () => {
  assert.deepEqual(parse(container()), [
    {
      id: '4e2570f806c8',
      name: 'shop-postgres-1',
      image: 'docker.io/library/postgres:18',
      labels: { 'com.docker.compose.service': 'postgres', commas: 'a,b=c' },
      ports: [{ inside: 5432, published: { address: '127.0.0.1', port: 37583 } }],
      state: 'running',
      startedAt: '2026-05-07T15:20:01.5Z',
      running: true,
      addresses: ['10.88.0.5', '10.89.0.7'],
      environment: new Map([
        ['POSTGRES_USER', 'shop'],
        ['POSTGRES_PASSWORD', 'a=b\nc'],
        ['EMPTY', ''],
      ]),
    },
  ]);
});

test('a container in the network of the machine has its loopback', () => {
  const [found] = parse(container({ HostConfig: { NetworkMode: 'host' }, NetworkSettings: null }));
  assert.deepEqual(found?.addresses, ['127.0.0.1']);
});

test('a list does not hold the environment', () => {
  const [found] = parse(container());
  assert.ok(found);
  assert.doesNotMatch(JSON.stringify(withoutEnvironment(found)), /PASSWORD|environment/);
});

test('labels, variables and ports that an engine leaves out are none', () => {
  const bare = { ...container(), Config: { Image: 'x', Labels: null, Env: null }, NetworkSettings: { Ports: null } };
  const [found] = parse(bare);
  assert.deepEqual([found?.labels, found?.environment.size, found?.ports], [{}, 0, []]);
});

test('ports that are only exposed are known, others than TCP are left out, all are sorted', () => {
  const Ports = { '9000/udp': null, '6432/tcp': null, '5432/tcp': [{ HostIp: '', HostPort: '15432' }] };
  const [found] = parse(container({ NetworkSettings: { Ports } }));
  const published = { address: '127.0.0.1', port: 15432 };
  assert.deepEqual(found?.ports, [{ inside: 5432, published }, { inside: 6432 }]);
});

for (const HostIp of ['', '0.0.0.0', '::', '127.0.0.1']) {
  test(`a port published on "${HostIp}" is reached on 127.0.0.1`, () => {
    const [found] = parse(container({ NetworkSettings: { Ports: { '5432/tcp': [{ HostIp, HostPort: '1' }] } } }));
    assert.equal(found?.ports[0]?.published?.address, '127.0.0.1');
  });
}

const strange: Readonly<Record<string, [unknown, RegExp]>> = {
  'no list': [{}, /the answer is object, expected a list/],
  'a container that is none': [['x'], /a container is string, expected an object/],
  'no name': [[container({ Name: undefined })], /Name is undefined, expected a text/],
  'no state': [[container({ State: null })], /State is object, expected an object/],
  'a port that is none': [
    [container({ NetworkSettings: { Ports: { '5432/tcp': [{ HostPort: '70000' }] } } })],
    /port "5432\/tcp" is string, expected a number from 1 to 65535/,
  ],
};
for (const [name, [answer, message]] of Object.entries(strange)) {
  test(`an answer in an unknown form is refused and says what was found: ${name}`, () => {
    assert.throws(
      () => parseInspect('docker', JSON.stringify(answer)),
      (error) => error instanceof Failure && error.code === 'version' && message.test(error.message),
    );
  });
}

test('an answer that is no JSON is refused without showing it', () => {
  assert.throws(
    () => parseInspect('podman', 'secret'),
    (error) => error instanceof Failure && error.code === 'version' && !/secret/.test(`${error.message}${error.cause}`),
  );
});
