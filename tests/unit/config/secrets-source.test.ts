import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '../../../scripts/common/failure.ts';
import { loadConfig } from '../../../scripts/config/load.ts';
import { withFolder } from './folder.ts';

/** What the settings of a folder make of the kind "secrets". */
function source(files: Record<string, string>): Promise<unknown> {
  return withFolder(files, async (folder) => {
    const { servers, secretsPlain } = await loadConfig({ folder, environment: {} });
    const text = JSON.stringify({ plain: secretsPlain, secrets: servers.map((server) => server.secrets) });
    return JSON.parse(text.replaceAll(folder, '/here'));
  });
}

test('files and folders of holdfast.yaml are one source, each path once, relative to its folder', async () => {
  const text = 'secrets:\n  files: [.env, config/*.pem]\n  folders: [./keys/, /etc/ssl/shop, keys]\n  plain: yes\n';
  const paths = ['/here/.env', '/here/config/*.pem', '/here/keys', '/etc/ssl/shop'];
  assert.deepEqual(await source({ 'holdfast.yaml': text }), { plain: true, secrets: [{ base: '/here', paths }] });
});

test('BACKUP_SECRETS names them with commas; without settings there is no such source', async () => {
  const secrets = [{ base: '/here', paths: ['/here/.env', '/here/keys'] }];
  assert.deepEqual(await source({ '.env': 'BACKUP_SECRETS=.env,./keys' }), { plain: false, secrets });
  assert.deepEqual(await source({}), { plain: false, secrets: [] });
});

test('secrets in both places are an error', async () => {
  const both = { '.env': 'BACKUP_SECRETS=.env', 'holdfast.yaml': 'secrets:\n  folders: keys\n' };
  await assert.rejects(source(both), (error: Failure) =>
    /found BACKUP_SECRETS while .* lists secrets/.test(error.message),
  );
});
