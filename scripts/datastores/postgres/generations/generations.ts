import { Failure } from '../../../common/failure.ts';
import type { StoredGeneration } from '../../generation.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { dropDatabase } from '../restore/database.ts';
import { readDatabases, readSizes } from './databases.ts';
import { generationOf, isOurs, nameOf } from './mark.ts';

/** The databases that restores made beside, or kept. What only has such a name is not among them. */
export async function listGenerations(client: ConnectedClient): Promise<StoredGeneration[]> {
  return client.standing.ask(async (talk) => {
    const found = [...(await readDatabases(talk)).values()].filter(isOurs);
    const sizes = await readSizes(
      talk,
      found.map(({ oid }) => oid),
    );
    return found.flatMap(({ name, oid }) => {
      const generation = generationOf(name);
      return generation === undefined ? [] : [{ ...generation, place: name, sizeBytes: sizes.get(oid) ?? 0 }];
    });
  });
}

/**
 * Drops the database of a generation, with the sessions in it; none is fine. Throws Failure "refused" for a database of
 * that name that does not carry our mark.
 */
export async function removeGeneration(
  client: ConnectedClient,
  generation: Pick<StoredGeneration, 'database' | 'part' | 'stamp'>,
  signal: AbortSignal,
): Promise<void> {
  const name = nameOf(generation.database, generation);
  const found = (await client.standing.ask(readDatabases)).get(name);
  if (found === undefined) return;
  if (isOurs(found)) return dropDatabase(client, name, signal);
  throw new Failure('refused', {
    message: `the database "${name}" does not carry the mark of a restore: it is somebody's`,
    stands: 'it was left as it is',
  });
}
