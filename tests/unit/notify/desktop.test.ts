import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Failure } from '../../../scripts/common/failure.ts';
import { member } from '../../../scripts/notify/members/desktop.ts';
import type { Notice } from '../../../scripts/notify/notifier.ts';
import { exampleNotice } from '../../contract/notify.ts';

/** There is no desktop where tests run: both programs are stand-ins that write down what they were given. */
const STAND_IN = `#!/bin/sh
for word in "$@"; do printf '%s\\0' "$word"; done > "$0.words"
printf '%s\\0%s' "$HOLDFAST_TITLE" "$HOLDFAST_TEXT" > "$0.texts"
[ -z "$FAILS" ] || { echo "no bus" >&2; exit 1; }
`;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-desktop-'));
  for (const name of ['notify-send', 'osascript']) {
    await writeFile(join(folder, name), STAND_IN);
    await chmod(join(folder, name), 0o755);
  }
});
after(() => rm(folder, { recursive: true }));

type Environment = Record<string, string>;
const BUS = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' };

async function open(platform: NodeJS.Platform, environment: Environment, show?: boolean) {
  return await member.open({ show }, { name: 'desktop', platform, environment });
}

async function show(platform: NodeJS.Platform, notice: Notice, environment: Environment = {}): Promise<void> {
  const notifier = await open(platform, { PATH: `${folder}:${process.env.PATH}`, ...environment });
  await notifier.send(notice, { signal: AbortSignal.timeout(5000) });
}

const read = async (name: string): Promise<string[]> => (await readFile(join(folder, name), 'utf8')).split('\0');
const EVIL = exampleNotice({
  title: '--icon="; rm -rf $(x) `y` <b>',
  lines: ['größer & <i>'],
  command: 'holdfast list',
});

test('on Linux a bubble shows title, reason and command, as text and never as options or markup', async () => {
  await show('linux', EVIL);
  const [name, urgency, end, title, text] = await read('notify-send.words');
  assert.deepEqual([name, urgency, end], ['--app-name=Holdfast', '--urgency=critical', '--']);
  assert.equal(title, EVIL.title);
  assert.equal(text, 'größer &amp; &lt;i&gt;\nholdfast list');
});

test('a success does not press', async () => {
  await show('linux', exampleNotice({ kind: 'success' }));
  assert.equal((await read('notify-send.words'))[1], '--urgency=normal');
});

test('on macOS the texts come by environment, and the script is always the same', async () => {
  await show('darwin', exampleNotice());
  const script = await read('osascript.words');
  await show('darwin', EVIL);
  assert.deepEqual(await read('osascript.words'), script);
  assert.deepEqual(script.slice(0, 3), ['-l', 'JavaScript', '-e']);
  assert.deepEqual(await read('osascript.texts'), [EVIL.title, 'größer & <i>\nholdfast list']);
});

test('where there is no desktop nothing is shown', async () => {
  const usable = async (platform: NodeJS.Platform, environment: Environment, wanted?: boolean) =>
    (await open(platform, environment, wanted)).unusable?.(EVIL) === undefined;
  assert.equal(await usable('linux', {}), false);
  assert.equal(await usable('linux', BUS), true);
  assert.equal(await usable('linux', { DISPLAY: ':0' }), true);
  assert.equal(await usable('linux', { WAYLAND_DISPLAY: 'wayland-0' }), true);
  assert.equal(await usable('darwin', {}), true);
  assert.equal(await usable('linux', BUS, false), false);
});

for (const [environment, code, detail] of [
  [{ PATH: '/nowhere' }, 'tool-missing', undefined],
  [{ FAILS: '1' }, 'tool-failed', 'no bus'],
] as const) {
  test(`a program that fails is named: ${code}`, async () => {
    await assert.rejects(show('linux', EVIL, environment), (error) => {
      assert.ok(error instanceof Failure);
      assert.deepEqual([error.code, error.detail], [code, detail]);
      return true;
    });
  });
}

test('long texts are cut where a bubble ends', async () => {
  await show('linux', exampleNotice({ title: 'x'.repeat(500), lines: ['😀'.repeat(400)] }));
  const [, , , title = '', text = ''] = await read('notify-send.words');
  assert.ok(title.length <= 120 && text.length <= 250, `${title.length}, ${text.length}`);
  assert.ok(text.isWellFormed() && text.endsWith('…'));
});
