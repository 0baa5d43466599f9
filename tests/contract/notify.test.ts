import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../scripts/common/secret.ts';
import { notifierKinds } from '../../scripts/notify/index.ts';
import { type Candidate, notifierSuite } from './notify.ts';
import { httpPlace, type Place, smtpPlace } from './notify-place.ts';

const KEY = 'Kw7zQ9xJ';
const PASSWORD = "pa/ss w@rd+:'Zq8";
const json = (place: Place) => JSON.parse(place.arrived[0]?.body ?? '{}') as Record<string, string>;

const CANDIDATES: readonly Candidate[] = [
  {
    kind: 'ping',
    openPlace: () => httpPlace(),
    settings: (port) => ({ url: new Secret(`http://127.0.0.1:${port}/ping/${KEY}`) }),
    secrets: [KEY],
    read: (place) => place.arrived[0]?.body ?? '',
  },
  {
    kind: 'webhook',
    openPlace: () => httpPlace(),
    settings: (port) => ({
      url: new Secret(`http://u:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${KEY}`),
      headers: new Secret(`x-key: ${KEY}`),
    }),
    secrets: [KEY, PASSWORD, `u:${PASSWORD}`],
    read: (place) => Object.values(json(place)).join('\n'),
  },
  {
    kind: 'ntfy',
    openPlace: () => httpPlace(),
    settings: (port) => ({ url: new Secret(`http://127.0.0.1:${port}/${KEY}`), token: new Secret(PASSWORD) }),
    secrets: [KEY, PASSWORD],
    read: (place) => Object.values(json(place)).join('\n'),
  },
  {
    kind: 'slack',
    openPlace: () => httpPlace(),
    settings: (port) => ({ url: new Secret(`http://127.0.0.1:${port}/services/T0/B0/${KEY}`) }),
    secrets: [KEY],
    // As a reader of Slack sees it.
    read: (place) => (json(place).text ?? '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  },
  {
    kind: 'mail',
    openPlace: () => smtpPlace({ user: 'backup', password: PASSWORD }),
    settings: (port) => ({
      url: new Secret(`smtp://backup:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}?tls=no`),
      to: 'you@example.org',
      from: 'backup@example.org',
    }),
    secrets: [PASSWORD, `\0backup\0${PASSWORD}`],
    read: (place) => plainText(place.arrived[0]?.body ?? ''),
  },
];

/** The text of a mail, whichever way it was made fit for the wire. */
function plainText(mail: string): string {
  const body = mail.slice(mail.indexOf('\r\n\r\n'));
  if (/^content-transfer-encoding: base64/im.test(mail)) return Buffer.from(body, 'base64').toString('utf8');
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

for (const candidate of CANDIDATES) notifierSuite(candidate);

test('every notifier runs the suite, but the one that has no server', () => {
  const tested = [...CANDIDATES.map(({ kind }) => kind), 'desktop'].sort();
  assert.deepEqual(tested, notifierKinds());
});
