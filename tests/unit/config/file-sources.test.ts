import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Failure } from '../../../scripts/common/failure.ts';
import { loadConfig } from '../../../scripts/config/load.ts';
import { withFolder } from './folder.ts';

/** What the settings of a folder make of the kind "files". */
function sources(files: Record<string, string>): Promise<unknown> {
  return withFolder(files, async (folder) => {
    const { servers } = await loadConfig({ folder, environment: {} });
    const text = JSON.stringify(servers.flatMap((server) => server.files ?? []));
    return JSON.parse(text.replaceAll(folder, '/here'));
  });
}

async function problem(files: Record<string, string>): Promise<string> {
  let said = '';
  await assert.rejects(sources(files), (error: Failure) => {
    said = error.message;
    return error.code === 'settings';
  });
  return said;
}

test('folders, files and commands of holdfast.yaml become sources, their paths those of its folder', async () => {
  const text = `files:
  - path: ./data/uploads/
    exclude: ["cache/**", "*.tmp"]
  - { name: spool, path: /srv/spool.json }
  - { name: notes, command: { dump: "notes export", restore: "notes import", check: "true" } }
  - { name: whole, path: . }
`;
  assert.deepEqual(await sources({ 'holdfast.yaml': text }), [
    { name: 'uploads', path: join('/here', 'data/uploads'), exclude: ['cache/**', '*.tmp'] },
    { name: 'spool', path: '/srv/spool.json', exclude: [] },
    { name: 'notes', command: { dump: 'notes export', restore: 'notes import', check: 'true' } },
    { name: 'whole', path: '/here', exclude: ['/backups'] },
  ]);
});

const WRONG: readonly (readonly [Record<string, string>, RegExp])[] = [
  [
    { '.env': 'BACKUP_FILES=a/x,b/x' },
    /\.env:1:14: BACKUP_FILES "a\/x" and BACKUP_FILES "b\/x" would both be called "x"/,
  ],
  [{ '.env': 'BACKUP_FILES=a/b c' }, /BACKUP_FILES "a\/b c": needs a name of letters/],
  [{ 'holdfast.yaml': 'files:\n  - name: a\n' }, /yaml:2:\d+: files\[1\]: expected one of "path" and "command"/],
  [
    { 'holdfast.yaml': 'files:\n  - { name: a, path: b, command: { dump: c } }\n' },
    /expected one of "path" and "command"/,
  ],
  [{ 'holdfast.yaml': 'files:\n  - { name: a, command: { restore: c } }\n' }, /the command has no "dump"/],
  [{ 'holdfast.yaml': 'files:\n  - { command: { dump: c } }\n' }, /needs a name/],
  [
    { 'holdfast.yaml': 'files:\n  - { name: a, exclude: x, command: { dump: c } }\n' },
    /"exclude" is for a path: an export command says itself/,
  ],
  [{ 'holdfast.yaml': 'files:\n  - { pth: a }\n' }, /"pth" is not a setting of files\[1\]; did you mean "path"\?/],
  [
    { '.env': 'BACKUP_FILES=a', 'holdfast.yaml': 'files:\n  - path: b\n' },
    /found BACKUP_FILES while .*holdfast\.yaml lists files; remove one of them/,
  ],
];

for (const [files, expected] of WRONG) {
  test(`${JSON.stringify(files)} is an error that says ${expected.source}`, async () => {
    assert.match(await problem(files), expected);
  });
}
