import { type Rebuild, runRebuild, wordCall } from '../../around/rebuild.ts';
import type { Surroundings } from '../../around/shell.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import type { RestoreStep } from '../../datastores/restore.ts';

/** What must be made anew when these sources were restored, "mongo/shop"; in the order of the settings. */
export function rebuildsFor(rebuilds: readonly Rebuild[], sources: readonly string[]): Rebuild[] {
  return rebuilds.filter(({ from }) => from.length === 0 || from.some((source) => sources.includes(source)));
}

/** Makes one thing anew from the data that is live now. Its failure says nothing against that data. */
export function rebuildStep(rebuild: Rebuild, place: Surroundings): RestoreStep {
  const source = `rebuild/${rebuild.name}`;
  return {
    kind: 'rebuild',
    text: `rebuild ${rebuild.name}: ${wordCall(rebuild)}`,
    live: true,
    run: async ({ signal, report }) => {
      const tell = (message: string): void => report({ kind: 'note', source, message });
      try {
        const output = await runRebuild(rebuild, place, { signal, tell });
        return output === '' ? {} : { notes: [output] };
      } catch (error) {
        throw notRebuilt(rebuild, toFailure(error));
      }
    },
  };
}

function notRebuilt({ name }: Rebuild, failure: Failure): Failure {
  if (failure.code === 'interrupted') return failure;
  const { code, message, detail, cause } = failure;
  return new Failure(code, {
    message: `"${name}" was not made anew: ${message}`,
    detail,
    hint: `holdfast rebuild ${name}`,
    cause,
  });
}
