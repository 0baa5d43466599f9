import { toFailure } from '../../common/failure.ts';
import type { Fingerprint } from '../../common/kinds.ts';
import type { StoredSource } from '../datastore.ts';
import { differencesOf, wordFiles } from '../differences.ts';
import type { RestoreStep } from '../restore.ts';
import { extractArchive } from '../tree/extract.ts';
import { tallyOf } from '../tree/fingerprint.ts';
import { archiveOf } from './read.ts';

/**
 * Into a folder of its own: a drill. Every byte is read back and compared with the archive, the number of files with the
 * manifest, which has no sums of secrets.
 */
export function directSteps(source: StoredSource, at: string, withOwner: boolean): RestoreStep[] {
  const label = `secrets/${source.name}`;
  let archived: Fingerprint = { counts: {} };
  const extract: RestoreStep['run'] = async () => {
    archived = (await extractArchive(await archiveOf(source).open(), Buffer.from(at), withOwner)).fingerprint();
    return {};
  };
  const compare: RestoreStep['run'] = async ({ signal }) => {
    const tally = await tallyOf(Buffer.from(at), signal);
    const found = tally.fingerprint();
    const { files, folders, links } = tally.totals();
    const recorded =
      source.facts === undefined ? [] : differencesOf(source.facts.fingerprint, { counts: found.counts }, wordFiles);
    const differences = recorded.length > 0 ? recorded : differencesOf(archived, found, wordFiles);
    const facts = { target: at, objects: folders, rows: files + links, counts: found.counts, notes: [] };
    return { report: { ...facts, differences, compared: source.facts !== undefined } };
  };
  const step = (kind: RestoreStep['kind'], text: string, run: RestoreStep['run']): RestoreStep => ({
    ...{ kind, text, live: false },
    run: async (context) => {
      context.report({ kind: 'step', source: label, step: kind });
      try {
        return await run(context);
      } catch (error) {
        throw toFailure(error, { source: label, step: kind }).at({ stands: `${at} may be there in part` });
      }
    },
  });
  return [
    step('restore', `extract "${source.name}" to ${at}`, extract),
    step('compare', 'read every byte back, and compare', compare),
  ];
}
