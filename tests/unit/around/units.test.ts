import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chooseServices, serviceTools, startServices, stopServices } from '../../../scripts/around/services.ts';
import { allEngines } from '../../../scripts/engines/select.ts';
import { type Machine, startMachine, whyNoMachine } from '../../stack/systemd.ts';
import { noSignal, testFolder } from './folder.ts';

const folder = testFolder();
const tools = serviceTools(allEngines({ ...process.env, PATH: `${folder}:${process.env.PATH}` }), 0);
const choose = (unit: string) =>
  chooseServices([{ kind: 'systemd', unit }], () => Promise.reject(new Error('not asked')), tools, noSignal());

const UNIT = '[Service]\nExecStart=/bin/sleep infinity\n';

describe('units of a real systemd', { skip: (await whyNoMachine()) ?? false }, () => {
  let machine: Machine;

  before(async () => {
    machine = await startMachine('around');
    writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\nexec podman exec ${machine.container} systemctl "$@"\n`);
    chmodSync(join(folder, 'systemctl'), 0o755);
    await machine.sh(
      `printf '${UNIT.replaceAll('\n', '\\n')}' | tee /etc/systemd/system/worker.service >/etc/systemd/system/idle.service
      systemctl daemon-reload && systemctl start worker`,
    );
  });

  after(async () => await machine?.[Symbol.asyncDispose]());

  test('a unit is stopped and started; its name is completed', async () => {
    const { services, warnings } = await choose('worker');
    assert.deepEqual(
      [services, warnings],
      [[{ kind: 'unit', manager: 'system', name: 'worker.service', stage: 0 }], []],
    );
    await stopServices(services, tools, noSignal());
    assert.equal((await machine.try('systemctl is-active worker')).text.trim(), 'inactive');
    await startServices(services, tools, noSignal());
    assert.equal((await machine.try('systemctl is-active worker')).text.trim(), 'active');
  });

  test('a unit that does not run stays so, and one that is not there ends the plan', async () => {
    assert.deepEqual(await choose('idle'), {
      services: [],
      warnings: ['unit "idle.service" does not run, and stays so'],
    });
    await assert.rejects(choose('wroker'), { code: 'not-found', message: 'systemd has no unit "wroker"' });
  });
});
