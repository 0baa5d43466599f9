import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireAlone } from '../../../scripts/engines/isolation.ts';

const VOLUME = { Type: 'volume', Name: 'a'.repeat(64), Source: '/var/lib/x', Destination: '/data' };
const HOST = { NetworkMode: 'none', PidMode: 'private', IpcMode: 'shareable', UTSMode: 'private', Privileged: false };

/** A container that shares nothing, with what a test wants changed. */
function container(change: object = {}) {
  return {
    Id: '1',
    Name: '/drill',
    Mounts: [VOLUME],
    HostConfig: HOST,
    NetworkSettings: { Networks: { none: {} } },
    ...change,
  };
}
const check = (...containers: unknown[]) => requireAlone('docker', 'drill', JSON.stringify(containers));

test('a container without a network, with volumes of its own, is alone', () => {
  check({ ...container({ Id: '2', Name: '/other' }), Mounts: [] }, container());
  check(container({ Mounts: null, NetworkSettings: {} }));
});

const SHARING: readonly [string, object, RegExp][] = [
  ['a network', { HostConfig: { ...HOST, NetworkMode: 'bridge' } }, /the network "bridge"/],
  ['the network of the machine', { HostConfig: { ...HOST, NetworkMode: 'host' } }, /the network "host"/],
  ['a further network', { NetworkSettings: { Networks: { none: {}, shop_default: {} } } }, /"shop_default"/],
  ['a folder of the machine', { Mounts: [{ ...VOLUME, Type: 'bind', Source: '/srv' }] }, /"\/srv" of this machine/],
  ['a volume with a name', { Mounts: [{ ...VOLUME, Name: 'shop_data' }] }, /the volume "shop_data"/],
  ['the processes of the machine', { HostConfig: { ...HOST, PidMode: 'host' } }, /PidMode is "host"/],
  ['the memory of a container', { HostConfig: { ...HOST, IpcMode: 'container:1' } }, /IpcMode is "container:1"/],
  ['the volumes of a container', { HostConfig: { ...HOST, VolumesFrom: ['shop'] } }, /volumes of "shop"/],
  ['all privileges', { HostConfig: { ...HOST, Privileged: true } }, /all privileges/],
];

for (const [what, change, words] of SHARING) {
  test(`a container that has ${what} is refused`, () => {
    assert.throws(() => check(container(change)), { code: 'refused', message: words });
  });
}

test('a volume that another container has too is refused', () => {
  assert.throws(() => check(container(), container({ Id: '2', Name: '/other' })), {
    code: 'refused',
    message: /another container/,
  });
});

test('an answer that does not tell is refused rather than believed', () => {
  assert.throws(() => requireAlone('podman', 'drill', 'no JSON'), { code: 'version' });
  assert.throws(() => check(container({ Name: '/other' })), { code: 'version' });
  assert.throws(() => check(container({ HostConfig: undefined })), { code: 'version' });
});
