import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nearestName } from '../../../scripts/common/nearest.ts';
import { jsonSchemaText } from '../../../scripts/config/json-schema.ts';
import { notifierVariables, storageVariables } from '../../../scripts/config/member-variables.ts';
import { SETTINGS } from '../../../scripts/config/names.ts';
import { allServerNames, type ServerName, serverSettings } from '../../../scripts/config/server-names.ts';

import { load } from './folder.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/environment-variables.md');
const example = read('.env.example');
const names = Object.keys(SETTINGS);
const storages = await storageVariables();
const notifiers = await notifierVariables();
const ofServers = serverSettings();
const ofMembers = new Set([
  ...[...storages, ...notifiers].map(({ name }) => name),
  ...ofServers.map(({ variable }) => variable),
]);

test('.env.example has every name once, in the order of the code, and no other', () => {
  const found = [...example.matchAll(/^# ([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name ?? '');
  assert.deepEqual(
    found.filter((name) => !ofMembers.has(name)),
    names,
  );
  const plain = [...storages, ...notifiers].filter(({ name, setting }) => name === setting.variable);
  const named = new Set(plain.map(({ name }) => name));
  assert.deepEqual(
    found.filter((name) => named.has(name)),
    [...named],
  );
  assert.equal(found.length, names.length + named.size + ofServers.length);
});

for (const [kind, all] of allServerNames()) {
  test(`.env.example and docs/environment-variables.md have every name of ${kind}, in the order of the code`, () => {
    const settings: (ServerName<unknown> | undefined)[] = Object.values(all);
    const known = settings.filter((setting) => setting !== undefined);
    const own = new Set(known.map(({ variable }) => variable));
    const found = [...example.matchAll(/^# ([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name ?? '');
    assert.deepEqual(
      found.filter((name) => own.has(name)),
      [...own],
    );
    const rows = [...page.matchAll(/^\| `([A-Z][A-Z0-9_]*)` +\| ([^|]*?) +\|/gm)].map(([, name, standard]) => [
      name,
      standard,
    ]);
    assert.deepEqual(
      rows.filter(([name]) => own.has(name ?? '')),
      known.map(({ variable, standard }) => [variable, standard]),
    );
  });
}

for (const [what, members, from, to] of [
  ['storage', storages, '### Storages', '### Notifiers'],
  ['notifier', notifiers, '### Notifiers', '### Servers without'],
] as const) {
  test(`docs/environment-variables.md has a row for every name of every ${what}`, () => {
    const section = page.slice(page.indexOf(from), page.indexOf(to));
    const rows = [...section.matchAll(/^\| `([A-Z][A-Z0-9_]*)` +\| ([^|]*?) +\| ([^|]*?) +\| ([^|]*?) +\|$/gm)].map(
      (row) => row.slice(1),
    );
    const plain = members.filter(({ name, setting }) => name === setting.variable);
    const expected = plain.map(({ name, kinds, requiredBy, setting: { standard = '', about } }) => {
      const some = requiredBy.length > 0 ? `(required with ${requiredBy.join(', ')})` : standard;
      return [name, kinds.join(', '), requiredBy.length === kinds.length ? '(required)' : some, about];
    });
    assert.deepEqual(rows, expected);
  });
}

test('.env.example sets nothing as it stands', async () => {
  assert.deepEqual(
    { ...(await load({ files: { '.env': example } })), files: [], folder: '', storages: [] },
    {
      ...(await load({})),
      folder: '',
      storages: [],
    },
  );
});

for (const name of [...names, ...ofServers.map(({ variable }) => variable)]) {
  test(`the example of ${name} in .env.example can be used`, async () => {
    const text = example.replace(`# ${name}=`, `${name}=`);
    assert.notEqual(text, example);
    const files = {
      'recipients.txt': example.match(/age1\w+/)?.[0] ?? '',
      'age-passphrase': 'sesame',
      'openssl-password': 'sesame',
      sign_ed25519: '',
      allowed_signers: '',
    };
    await load({ files: { '.env': text, ...files } });
  });
}

test('docs/environment-variables.md has a row for every name that has an effect, with its default', () => {
  const rows = [...page.matchAll(/^\| `([A-Z][A-Z0-9_]*)` +\| ([^|]*?) +\|/gm)]
    .map(([, name, standard]) => [name, standard])
    .filter(([name]) => !ofMembers.has(name ?? ''));
  assert.deepEqual(
    rows,
    Object.entries(SETTINGS).map(([name, { standard }]) => [name, standard]),
  );
});

test('the defaults in the documents are those of the code', async () => {
  const { retention, lockWaitSeconds, discover } = await load({});
  assert.equal(SETTINGS.BACKUP_RETENTION_DAYS.standard, String(retention.days));
  assert.equal(SETTINGS.BACKUP_LOCK_WAIT_SECONDS.standard, String(lockWaitSeconds));
  assert.equal(SETTINGS.BACKUP_DISCOVER.standard, discover ? 'yes' : 'no');
});

test('the holdfast.yaml of the documents is taken as it stands', async () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const files = { 'holdfast.yaml': yaml, 'secrets/billing': 'x' };
  const config = await load({ files, environment: { CATALOGUE_URL: 'mongodb://h' } });
  assert.deepEqual(
    config.servers.map(({ name }) => name),
    ['catalogue', 'main', 'billing'],
  );
});

test('docs/holdfast.schema.json is current (node scripts/config/json-schema.ts > docs/holdfast.schema.json)', async () => {
  assert.equal(read('docs/holdfast.schema.json'), await jsonSchemaText());
});

const SLIPS: readonly [string, string | undefined][] = [
  ['BACKUP_RETENTION_DAY', 'BACKUP_RETENTION_DAYS'],
  ['backup_storage', 'BACKUP_STORAGE'],
  ['BACKUP_PARALELL', 'BACKUP_PARALLEL'],
  ['BACKUP_LOACL_DIR', 'BACKUP_LOCAL_DIR'],
  ['x', undefined],
  ['HOLDFAST_COLOUR', undefined],
];

for (const [slip, meant] of SLIPS) {
  test(`"${slip}" ${meant === undefined ? 'resembles no name' : `was meant to be ${meant}`}`, () =>
    assert.equal(nearestName(slip, [...names, ...ofMembers]), meant));
}

test('two letters in the wrong order are one slip, also in a short name', () => {
  assert.equal(nearestName('ohst', ['port', 'host']), 'host');
});
