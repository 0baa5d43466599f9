import { Failure } from '../../common/failure.ts';
import { using } from '../../common/using.ts';
import { wordBytes, wordDuration } from '../../ui/units.ts';
import { parseChoice } from '../choose.ts';
import { holdLockIfWritable } from '../hold.ts';
import { openChosen } from '../open.ts';
import { recordVerb } from '../record.ts';
import { hasPlainSecrets, requireSecretsMayLeave } from '../secrets-in-clear.ts';
import { pickSet } from '../sets/pick.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { bundleNameOf, placeOfOutput } from './output.ts';
import { chooseParts } from './subset.ts';
import { type WrittenBundle, writeBundle } from './write-bundle.ts';

/** The flags of `holdfast export`. */
export interface ExportFlags {
  readonly set: string;
  /** A file, a folder for a file of the usual name, or "-" for standard output. */
  readonly output?: string;
  readonly components?: string;
  readonly from?: string;
  readonly allowUnsigned?: boolean;
}

/** Brings one set, or some of its sources, into one file that `holdfast restore FILE` takes. */
export async function exportSet(flags: ExportFlags, room: Room): Promise<number> {
  const choice = parseChoice(flags.components === undefined ? [] : [flags.components]);
  const opened = await openWorkbench(room);
  const { bench: picked, entry } = await pickSet(opened, flags.set, flags.from);
  return await recordVerb(picked, { command: 'export', choice: [entry.name], set: entry.name }, async (bench) =>
    using(await holdLockIfWritable(bench, 'export'), async () => {
      const opened = await openChosen(bench, entry.name, flags);
      const { manifest } = opened;
      if (manifest === undefined) throw withoutManifest(entry.name);
      const target = await placeOfOutput(flags.output ?? '.', bundleNameOf(manifest, bench.config));
      const chosen = await chooseParts({ ...opened, manifest }, choice, bench);
      if (hasPlainSecrets(chosen.manifest))
        requireSecretsMayLeave(target.path === '-' ? 'standard output' : target.path, bench);
      printExport(await writeBundle({ ...opened, manifest }, chosen, target, bench), entry.name, bench);
      return 0;
    }),
  );
}

function withoutManifest(set: string): Failure {
  return new Failure('refused', {
    message: `the set "${set}" has no manifest, and nothing to compare its bytes with on their way`,
    hint: `tar -czf ${set}.tar.gz ${set}, in the folder where it lies`,
  });
}

/** Standard output may be the bundle itself: then the result is a remark. */
export function printExport({ file, bytes, milliseconds }: WrittenBundle, set: string, { screen }: Workbench): void {
  screen.settle();
  if (file === '-') {
    screen.remark(`set ${set}: ${wordBytes(bytes)} to standard output`);
    return;
  }
  screen.print(`set ${set} is in ${file}: ${wordBytes(bytes)} in ${wordDuration(milliseconds)}`);
  screen.printJson({ set, file, bytes, seconds: milliseconds / 1000 });
}
