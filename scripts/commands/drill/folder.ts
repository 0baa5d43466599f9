import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFileName } from '../../common/file-name.ts';
import { hostAddress } from '../../config/addresses.ts';
import { processEnvironment } from '../../config/environment.ts';
import { loadDatastore } from '../../datastores/index.ts';
import { removeTree } from '../../datastores/tree/remove.ts';
import type { Workbench } from '../workbench.ts';
import type { DrillGroup } from './items.ts';
import type { DrillServer } from './server.ts';

/** Milliseconds for removing what a drill restored, also after it was interrupted. */
const REMOVE_PATIENCE = 600_000;

/** Makes a folder of this machine, closed to others, that a drill of files restores into. It goes with all that is in it. */
export async function openFolder({ kind, name }: DrillGroup, bench: Workbench): Promise<DrillServer> {
  const { allEngines } = await import('../../engines/select.ts');
  const datastore = await loadDatastore(kind);
  const address = hostAddress({ kind, name, files: [] }, allEngines(processEnvironment()), bench.config);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-drill-'));
  return {
    ...{ server: await datastore.connect(address, bench.context), datastore, place: folder, isOwn: true },
    targetOf: (source) => join(folder, encodeFileName(source)),
    [Symbol.asyncDispose]: () => removeTree(folder, AbortSignal.timeout(REMOVE_PATIENCE)),
  };
}
