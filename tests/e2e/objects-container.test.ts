/** A MinIO in a container needs no settings at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOf, testBucket } from '../stack/data/buckets.ts';
import { startMinioContainer } from '../stack/minio-container.ts';
import { openProject } from './holdfast.ts';

for (const way of ['by its published port', 'in the network of the containers, where it publishes none']) {
  test(`a MinIO is found by its image, and reached ${way} with the key of its environment`, () => roundTrip(way));
}

async function roundTrip(way: string): Promise<void> {
  await using project = await openProject();
  const minio = await startMinioContainer(project.folder, way === 'by its published port');
  try {
    project.environment.CONTAINER_CMD = minio.cli.name;
    const bucket = testBucket(clientOf(minio), 'uploads');
    await bucket.make();
    await bucket.put('a', 'first');
    await bucket.put('b/c', 'second', { ContentType: 'text/plain' });
    const original = await bucket.content();
    const backup = await project.run('backup', '--components', 'objects');
    assert.equal(backup.code, 0, backup.stderr);
    assert.doesNotMatch(backup.stdout + backup.stderr, /container secret/);
    await bucket.put('a', 'damaged');
    await bucket.remove('b/c');
    const restore = await project.run('restore', '--only', 'objects', '--yes');
    assert.equal(restore.code, 0, restore.stderr);
    assert.deepEqual(await bucket.content(), original);
  } finally {
    await minio.stop();
  }
}
