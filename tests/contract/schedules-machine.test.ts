import { after, before, describe } from 'node:test';
import { type Machine, startMachine, whyNoMachine } from '../stack/systemd.ts';
import { scheduleContract } from './schedules.ts';
import { machineSubject } from './schedules-machine.ts';

const skip = await whyNoMachine();

describe('schedulers of a Linux machine', { skip: skip ?? false }, () => {
  let machine: Machine;
  before(async () => {
    machine = await startMachine('contract');
    await machine.sh('loginctl enable-linger app; until systemctl is-active -q user@1000; do sleep 0.1; done');
  });
  after(async () => await machine[Symbol.asyncDispose]());

  scheduleContract('systemd (system)', async () =>
    machineSubject(
      machine,
      { user: 'root', scheduler: 'systemd (system)' },
      'systemctl disable -q --now $unit.timer; rm /etc/systemd/system/$unit.service; echo cut > /etc/systemd/system/$unit.timer',
    ),
  );

  scheduleContract('systemd (user)', async () =>
    machineSubject(
      machine,
      { user: 'app', scheduler: 'systemd (user)' },
      'rm ~/.config/systemd/user/$unit.timer; systemctl --user daemon-reload',
    ),
  );

  scheduleContract('cron', async () =>
    machineSubject(
      machine,
      { user: 'app', scheduler: 'cron' },
      'rm ~/.config/holdfast/cron/$script; crontab -l | grep -v "# END" | crontab -',
    ),
  );
});
