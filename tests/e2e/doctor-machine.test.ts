/** What only a machine with a real systemd can break: the doctor names it, and what mends it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Finding } from '../../scripts/commands/doctor/finding.ts';
import { MACHINE_NODE, type Machine, startMachine, whyNoMachine } from '../stack/systemd.ts';

const root = new URL('../..', import.meta.url).pathname;
/** A checkout of the machine's own, with a Node of its own. */
const CHECKOUT = '/opt/holdfast';

describe('the doctor on a real machine', { skip: (await whyNoMachine()) ?? false }, () => {
  let machine: Machine;

  before(async () => {
    machine = await startMachine('doctor');
    await machine.sh(`
      mkdir -p ${CHECKOUT} /opt/old/bin /srv/shop
      cd ${root}; cp -r holdfast package.json package-lock.json scripts systemd ${CHECKOUT}; touch -d 2020-01-01 ${CHECKOUT}/package-lock.json
      ln -s ${root}node_modules ${CHECKOUT}/node_modules
      cp ${MACHINE_NODE} /opt/old/bin/node
      umount ${MACHINE_NODE}
      chmod -R go+rX ${CHECKOUT} /opt/old
      install -d -o app -g app /home/app/shop`);
  });
  after(async () => await machine[Symbol.asyncDispose]());

  interface Place {
    readonly folder: string;
    readonly node: string;
    readonly user?: string;
  }

  /** A shell with nothing but a Node on its PATH, as after a log-in. */
  const shell = ({ folder, node, user = 'root' }: Place, words: string): string =>
    `export HOME=${user === 'root' ? '/root' : `/home/${user}`} USER=${user} XDG_RUNTIME_DIR=/run/user/$(id -u) PATH=${node}:/usr/bin:/bin
     cd ${folder}; ${words}`;

  async function examine(place: Place): Promise<Finding[]> {
    const words = `${place.node}/node ${CHECKOUT}/scripts/holdfast.ts doctor --json 2>/dev/null; true`;
    const text = await machine.sh(shell(place, words), place.user === undefined ? {} : { user: place.user });
    return (JSON.parse(text) as { findings: Finding[] }).findings;
  }

  function complaints(findings: readonly Finding[], about: RegExp): string[] {
    return findings
      .filter((finding) => finding.level !== 'ok' && about.test(finding.about))
      .map(({ what, mend }) => `${what} -> ${mend}`);
  }

  const shop: Place = { folder: '/srv/shop', node: '/opt/old/bin' };

  test('a schedule that is installed and whole is in order, also through the scheduler', async () => {
    await machine.sh(shell(shop, `${CHECKOUT}/holdfast schedule install`));
    const findings = await examine(shop);
    const fine = findings.filter(({ level }) => level === 'ok').map(({ about }) => about);
    assert.ok(fine.includes('schedule (systemd (system))'), JSON.stringify(findings, undefined, 1));
    // There are no servers here: what a job finds out by itself comes through.
    assert.match(complaints(findings, /through systemd/).join('\n'), /found no running server/);
  });

  test('a Node that an upgrade moved is named, and what is installed starts all the same', async () => {
    await machine.sh('mkdir -p /opt/new/bin && mv /opt/old/bin/node /opt/new/bin/node');
    const moved: Place = { ...shop, node: '/opt/new/bin' };
    const findings = await examine(moved);
    assert.match(
      complaints(findings, /^schedule/).join('\n'),
      /differs from the settings: .* -> holdfast schedule install/,
    );
    await machine.sh(shell(moved, `${CHECKOUT}/holdfast schedule install`));
    assert.deepEqual(complaints(await examine(moved), /^schedule/), []);
  });

  test('a job that cannot even start is named, with what the scheduler says of it', async () => {
    const place: Place = { ...shop, node: '/opt/new/bin' };
    await machine.sh(`chmod a-x ${CHECKOUT}/holdfast`);
    const said = complaints(await examine(place), /through systemd/).join('\n');
    assert.match(said, /a job that it started ended with \d+ and said: .+ -> holdfast schedule install/);
    await machine.sh(`chmod a+x ${CHECKOUT}/holdfast`);
  });

  test('a project that was moved is named: the old jobs would fail for ever, and the new place has none', async () => {
    await machine.sh('mv /srv/shop /srv/store');
    const findings = await examine({ folder: '/srv/store', node: '/opt/new/bin' });
    const said = complaints(findings, /^schedule/).join('\n');
    assert.match(said, /no scheduler of this machine runs this project|\/srv\/shop/);
    assert.match(said, /holdfast schedule install/);
    await machine.sh('mv /srv/store /srv/shop');
    await machine.sh(shell({ folder: '/srv/shop', node: '/opt/new/bin' }, `${CHECKOUT}/holdfast schedule uninstall`));
  });

  test('timers of a user without linger are named', async () => {
    const home: Place = { folder: '/home/app/shop', node: '/opt/new/bin', user: 'app' };
    await machine.sh(
      'loginctl enable-linger app; for i in 1 2 3 4 5 6 7 8 9; do [ -S /run/user/1000/bus ] && break; sleep 1; done',
    );
    await machine.sh(shell(home, `${CHECKOUT}/holdfast schedule install || [ $? = 3 ]`), { user: 'app' });
    assert.deepEqual(complaints(await examine(home), /^schedule/), []);
    await machine.sh('loginctl disable-linger app');
    const said = complaints(await examine(home), /^schedule/).join('\n');
    assert.match(said, /linger.* -> loginctl enable-linger app/);
  });
});
