import { type Rebuild, wordCall } from '../../around/rebuild.ts';
import { Failure } from '../../common/failure.ts';
import { layTable } from '../../ui/table.ts';
import { wordDuration } from '../../ui/units.ts';
import { EXIT } from '../../ui/words.ts';
import { surroundingsOf } from '../around/hooks.ts';
import { rebuildStep } from '../around/rebuild-steps.ts';
import { recordVerb } from '../record.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';

/** The flags of `holdfast rebuild`. */
export interface RebuildFlags {
  readonly dryRun?: boolean;
}

/**
 * Makes anew what the settings have as such, from the data that is live now: all of it, or what is named. Throws Failure
 * "not-found" for a name that the settings do not have, and that of the first that fails.
 */
export async function rebuild(names: readonly string[], { dryRun }: RebuildFlags, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const wanted = chooseRebuilds(bench.config.around.rebuilds, names);
  if (dryRun) return printPlan(wanted, bench);
  return await recordVerb(
    bench,
    { command: 'rebuild', choice: names },
    async (logged) => await carryOut(wanted, logged),
  );
}

/** Those that were named, in the order of the settings; all when none was. Throws Failure "not-found". */
export function chooseRebuilds(rebuilds: readonly Rebuild[], names: readonly string[]): readonly Rebuild[] {
  const known = rebuilds.map(({ name }) => `"${name}"`).join(', ');
  const unknown = names.find((name) => !rebuilds.some((one) => one.name === name));
  if (unknown !== undefined || rebuilds.length === 0) {
    const wanted = unknown === undefined ? 'nothing to make anew' : `no rebuild "${unknown}"`;
    throw new Failure('not-found', {
      message: `the settings have ${wanted}${known === '' ? '' : `; found ${known}`}`,
      hint: 'see "rebuild" in docs/hooks.md',
    });
  }
  return names.length === 0 ? rebuilds : rebuilds.filter(({ name }) => names.includes(name));
}

async function carryOut(rebuilds: readonly Rebuild[], bench: Workbench): Promise<number> {
  const done: { name: string; milliseconds: number }[] = [];
  for (const one of rebuilds) {
    const place = await surroundingsOf(bench, { command: 'rebuild', sources: one.from });
    const began = Date.now();
    bench.context.report({ kind: 'step', source: `rebuild/${one.name}`, step: 'rebuild' });
    await rebuildStep(one, place).run(bench.context);
    done.push({ name: one.name, milliseconds: Date.now() - began });
  }
  const { screen } = bench;
  screen.settle();
  screen.print(
    ...layTable(
      HEADS,
      done.map(({ name, milliseconds }) => [name, wordDuration(milliseconds)]),
    ),
  );
  screen.printJson({ rebuilt: done });
  return EXIT.done;
}

const HEADS = [{ head: 'REBUILT' }, { head: 'TOOK', align: 'right' }] as const;

function printPlan(rebuilds: readonly Rebuild[], { screen }: Workbench): number {
  const rows = rebuilds.map((one) => [one.name, one.from.join(', ') || 'any source', wordCall(one)]);
  screen.print(
    ...layTable([{ head: 'REBUILD' }, { head: 'AFTER' }, { head: 'BY' }], rows),
    'dry run: nothing was done',
  );
  screen.printJson({
    dryRun: true,
    rebuilds: rebuilds.map((one) => ({ name: one.name, from: one.from, by: wordCall(one) })),
  });
  return EXIT.done;
}
