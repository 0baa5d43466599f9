import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import type { ReadReport } from '../../datastores/datastore.ts';
import { isKind, loadDatastore } from '../../datastores/index.ts';
import type { OpenedSource } from '../../sets/reader.ts';

/** Reads every artifact of a source to its end. Throws Failure "damaged", or "version" for a kind of a later Holdfast. */
export async function readSource(source: OpenedSource, label: string, context: Context): Promise<ReadReport> {
  const { kind } = source;
  if (!isKind(kind)) {
    throw new Failure('version', {
      message: `this Holdfast cannot read the kind "${kind}"`,
      source: label,
      step: 'read',
    });
  }
  try {
    return await (await loadDatastore(kind)).read({ ...source, kind }, context);
  } catch (error) {
    throw toFailure(error, { source: label, step: 'read' });
  }
}
