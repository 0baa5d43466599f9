import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openScheduler, usableSchedulers } from '../../../scripts/schedules/index.ts';
import type { ScheduleSurroundings } from '../../../scripts/schedules/schedule.ts';

const bare: ScheduleSurroundings = {
  environment: { HOME: '/nowhere', PATH: '/nowhere' },
  signal: new AbortController().signal,
  platform: 'linux',
  userId: 1000,
};

test('without any scheduler the daemon is what is offered, with the reason for each that was tried', async () => {
  await assert.rejects(openScheduler(bare), {
    code: 'not-found',
    hint: 'holdfast daemon',
    detail: 'systemd (user): there is no systemctl\ncron: there is no crontab program',
  });
});

test('one that is asked for and cannot be used says why, instead of another one being taken', async () => {
  await assert.rejects(openScheduler(bare, 'systemd-system'), {
    code: 'unreachable',
    message: "systemd (system) cannot be used: only root may give jobs to the system's systemd",
  });
  await assert.rejects(openScheduler(bare, 'launchd'), { code: 'unreachable' });
  await assert.rejects(openScheduler(bare, 'toString'), { code: 'usage' });
});

test('looking and taking away work with schedulers that are not there', async () => {
  const all = await usableSchedulers(bare);
  assert.deepEqual(
    all.map(({ name }) => name),
    ['systemd (user)', 'systemd (system)', 'cron'],
  );
  for (const scheduler of all) {
    assert.deepEqual(await scheduler.installed({ id: 'x-1', folder: '/x' }, []), []);
    assert.deepEqual(await scheduler.uninstall({ id: 'x-1', folder: '/x' }), []);
  }
  const mac = await usableSchedulers({ ...bare, platform: 'darwin' });
  assert.deepEqual(
    mac.map(({ name }) => name),
    ['launchd', 'cron'],
  );
});
