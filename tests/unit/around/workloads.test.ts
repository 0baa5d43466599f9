import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Containers } from '../../../scripts/around/containers.ts';
import { chooseServices, serviceTools, startServices, stopServices } from '../../../scripts/around/services.ts';
import { allEngines } from '../../../scripts/engines/select.ts';
import { noSignal, testFolder } from './folder.ts';

/**
 * A stand-in for kubectl: a deployment "app" of 3 replicas in the namespace "shop", whose last pod takes a second look to
 * end. No cluster can be had here; its answers have the form of the real ones.
 */
const KUBECTL = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo "$*" >>calls
replicas=$(cat replicas)
case "$*" in
*"get deployment/app --output json") cat <<END
{"metadata":{"name":"app","namespace":"shop"},"spec":{"replicas":$replicas,"selector":{"matchLabels":{"app":"shop","tier":"web"}}}}
END
;;
*"scale deployment/app --replicas="*) echo "\${*##*=}" >replicas ;;
*"get pods --selector app=shop,tier=web --output name") if [ -e ending ]; then rm ending; echo pod/app-1; fi ;;
*"rollout status deployment/app "*) echo "successfully rolled out" ;;
*) echo "Error from server (NotFound): deployments.apps \\"none\\" not found" >&2; exit 1 ;;
esac
`;

const folder = testFolder();
writeFileSync(join(folder, 'kubectl'), KUBECTL);
chmodSync(join(folder, 'kubectl'), 0o755);
const tools = serviceTools(allEngines({ PATH: `${folder}:${process.env.PATH}` }), 0);
const look = (): Promise<Containers> => Promise.reject(new Error('no container was asked for'));
const choose = (workload: string, namespace?: string) =>
  chooseServices([{ kind: 'kubernetes', workload, namespace }], look, tools, noSignal());
const set = (replicas: number) => writeFileSync(join(folder, 'replicas'), String(replicas));
const read = (name: string) => readFileSync(join(folder, name), 'utf8').trim();

test('a deployment is scaled to none, its last pod waited for, and back to what it had', async () => {
  set(3);
  const { services, warnings } = await choose('deployment/app');
  assert.deepEqual(
    [services, warnings],
    [[{ kind: 'workload', namespace: 'shop', name: 'deployment/app', replicas: 3, stage: 0 }], []],
  );
  assert.equal(read('replicas'), '3', 'the plan changed something');
  writeFileSync(join(folder, 'ending'), '');
  await stopServices(services, tools, noSignal());
  assert.equal(read('replicas'), '0');
  assert.equal(
    read('calls')
      .split('\n')
      .filter((call) => call.includes('get pods')).length,
    2,
  );
  await startServices(JSON.parse(JSON.stringify(services)), tools, noSignal());
  assert.equal(read('replicas'), '3');
  assert.match(read('calls').split('\n').at(-1) ?? '', /^--namespace shop rollout status deployment\/app --timeout=/);
});

test('a deployment without replicas stays as it is, and one that is not there ends the plan', async () => {
  set(0);
  const { services, warnings } = await choose('deployment/app', 'shop');
  assert.deepEqual([services, warnings], [[], ['"deployment/app" has 0 replicas, and keeps them']]);
  await assert.rejects(choose('deployment/none', 'shop'), {
    code: 'not-found',
    message: 'kubectl has no "deployment/none" in "shop"',
    detail: /NotFound/,
  });
});

test('a machine without kubectl and systemctl is told as such', async () => {
  const empty = serviceTools(allEngines({ PATH: join(folder, 'nowhere') }), 0);
  for (const wish of [
    { kind: 'kubernetes', workload: 'deployment/app', namespace: undefined },
    { kind: 'systemd', unit: 'worker' },
  ] as const) {
    await assert.rejects(chooseServices([wish], look, empty, noSignal()), { code: 'tool-missing' });
  }
});
