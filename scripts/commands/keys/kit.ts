import { hostname } from 'node:os';
import type { Workbench } from '../workbench.ts';
import type { MadeKey } from './make.ts';

/** The recovery kit: one page to print, enough for a stranger with the storage's own login to bring everything back. */
export function recoveryKit({ file, recipient, text, isProtected }: MadeKey, bench: Workbench): string[] {
  const identity = isProtected
    ? [
        'Identity, protected with a passphrase (both are needed; write the passphrase down elsewhere):',
        '',
        ...text.trim().split('\n'),
      ]
    : [
        'Identity (whoever has it can read every backup):',
        '',
        ...text
          .trim()
          .split('\n')
          .filter((line) => !line.startsWith('#')),
      ];
  return [
    '='.repeat(80),
    'HOLDFAST RECOVERY KIT: print this page, and keep it where the backups are not',
    '='.repeat(80),
    `Made ${new Date().toISOString()} on ${hostname()}, environment ${bench.config.environment}, as ${file}`,
    '',
    'Recipient (public):',
    '',
    recipient,
    '',
    ...identity,
    '',
    'Where the sets are (their logins are not on this page):',
    ...bench.destinations.map(({ name, storage }) => `  ${name}: ${storage.location}`),
    '',
    'To restore with Holdfast: put the identity into a file, then in .env',
    '  BACKUP_STORAGE=... as above, BACKUP_AGE_IDENTITY=./identity.txt, and: holdfast restore',
    'To restore by hand (age: https://age-encryption.org): copy a set, a folder such as 2026-05-07T15-36, then in it',
    '  age -d -i identity.txt -o postgres/app.dump postgres/app.dump.age   and so on: RESTORE.md has every command',
    'Once a year: holdfast keys check, with the identity of this page',
    '='.repeat(80),
  ];
}
