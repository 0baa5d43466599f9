import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import type { ConnectedClient } from '../../../../scripts/datastores/postgres/connection/connect.ts';
import type { Load } from '../../../../scripts/datastores/postgres/restore/load.ts';
import { ONE_TRANSACTION_BYTES, passesOf } from '../../../../scripts/datastores/postgres/restore/passes.ts';

describe('the calls of pg_restore', () => {
  interface More {
    readonly bytes: number;
    readonly made?: boolean;
    readonly major?: number;
    readonly path?: string | undefined;
    readonly largeObjects?: string;
  }
  const load = (more: More): Load => {
    const { bytes, made = false, major = 15, largeObjects } = more;
    const path = 'path' in more ? more.path : '/tmp/x';
    const artifact = { fileName: 'x', bytes, compression: undefined, open: async () => Readable.from([]) };
    const placement = { path, reason: undefined, cores: 4, remove: async () => {} };
    const tools = { folder: '/bin', version: `${major}.1`, major, compression: 'zstd' } as const;
    return { target: 'x', tools, placement, artifact, made, jobs: 4, lists: { largeObjects }, dropsAfterData: [] };
  };
  const options = (given: Load, serverMajor = 15): string[] => {
    const client = { serverMajor } as unknown as ConnectedClient;
    return passesOf(client, given).map((pass) => pass.options.join(' '));
  };
  const SMALL = ONE_TRANSACTION_BYTES - 1;
  const LARGE = ONE_TRANSACTION_BYTES;

  it('replace a small database in one transaction', () => {
    assert.deepEqual(options(load({ bytes: SMALL })), ['--clean --if-exists --single-transaction']);
  });

  it('replace a large one side by side, after its schema went through in one transaction', () => {
    assert.deepEqual(options(load({ bytes: LARGE })), [
      '--clean --if-exists --schema-only --single-transaction',
      '--section=data --exit-on-error --jobs=4',
      '--clean --if-exists --section=post-data --exit-on-error --jobs=4',
    ]);
  });

  it('replace large objects between the two', () => {
    const passes = passesOf(
      { serverMajor: 15 } as unknown as ConnectedClient,
      load({ bytes: LARGE, largeObjects: '1;' }),
    );
    assert.deepEqual(passes[1]?.options.join(' '), '--clean --if-exists --exit-on-error');
    assert.deepEqual(
      passes.map(({ list, bare }) => [list, bare]),
      [
        ['order', undefined],
        ['largeObjects', undefined],
        ['others', true],
        ['order', undefined],
      ],
    );
  });

  it('fill a new database side by side, and clean nothing there', () => {
    assert.deepEqual(options(load({ bytes: LARGE, made: true })), [
      '--section=pre-data --exit-on-error',
      '--section=data --exit-on-error --jobs=4',
      '--section=post-data --exit-on-error --jobs=4',
    ]);
  });

  it('never go side by side from a stream', () => {
    assert.deepEqual(options(load({ bytes: LARGE, path: undefined })), ['--clean --if-exists --single-transaction']);
  });

  it('go on after the one SET that a newer pg_restore says to an older server', () => {
    assert.deepEqual(options(load({ bytes: SMALL, major: 17 }), 16), ['--clean --if-exists']);
    assert.deepEqual(options(load({ bytes: SMALL, major: 17 }), 17), ['--clean --if-exists --single-transaction']);
  });
});
