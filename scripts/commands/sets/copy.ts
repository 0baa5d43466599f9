import { Failure } from '../../common/failure.ts';
import { using } from '../../common/using.ts';
import { resolveEntry } from '../../sets/catalog.ts';
import { layTable } from '../../ui/table.ts';
import { EXIT } from '../../ui/words.ts';
import { type Delivery, deliver, planDelivery } from '../backup/deliver.ts';
import { chooseDestination, type Destination, inOrderOfWriting } from '../destinations.ts';
import { holdLock } from '../hold.ts';
import { recordVerb } from '../record.ts';
import { at, catalogOf, openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { deliveryForJson, planForJson, wordDelivery, wordPlan } from './copy-words.ts';

/** The flags of `holdfast copy`. */
export interface CopyFlags {
  readonly sets: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly dryRun?: boolean;
}

/** Brings sets to the storages that lack them. Exit code 3 when one of them could not take all. */
export async function copy(flags: CopyFlags, room: Room): Promise<number> {
  const opened = await openWorkbench(room);
  const { destinations } = opened;
  const from = chooseDestination(inOrderOfWriting(destinations), flags.from);
  const to = flags.to === undefined ? destinations : [chooseDestination(destinations, flags.to)];
  const others = to.filter((one) => one.name !== from.name);
  if (others.length === 0) {
    throw new Failure('usage', {
      message: `found no storage beside "${from.name}" to copy to`,
      hint: 'name another one: BACKUP_STORAGE=local,s3',
    });
  }
  if (flags.dryRun) return await planCopy({ ...opened, ...at(from) }, { from, to: others }, flags);
  const facts = { command: 'copy', choice: flags.sets };
  return await recordVerb({ ...opened, ...at(from) }, facts, (bench) => copySets(bench, { from, to: others }, flags));
}

interface Way {
  readonly from: Destination;
  readonly to: readonly Destination[];
}

/** What a copy would bring where. Exit code 3 when a storage cannot be asked. */
async function planCopy(bench: Workbench, { from, to }: Way, flags: CopyFlags): Promise<number> {
  const entries = await catalogOf(bench);
  const named = flags.sets.map((wanted) => resolveEntry(wanted, entries).name);
  const plans = await Promise.all(to.map((one) => planDelivery(one, { entries, named, bench })));
  const { screen } = bench;
  screen.settle();
  screen.print(...layTable([{ head: 'STORAGE' }, { head: 'SETS' }], plans.map(wordPlan)), 'dry run: nothing was done');
  screen.printJson({ dryRun: true, from: from.name, storages: plans.map(planForJson) });
  return plans.some(({ failure }) => failure) ? EXIT.partial : EXIT.done;
}

async function copySets(bench: Workbench, { from, to }: Way, flags: CopyFlags): Promise<number> {
  const entries = flags.sets.length > 0 ? await catalogOf(bench) : [];
  const sets = flags.sets.map((wanted) => resolveEntry(wanted, entries).name);
  const request = { from, to, runFailed: false, ...(sets.length > 0 ? { sets } : {}) };
  const deliveries = await using(await holdLock(bench, 'copy'), (hold) => deliver(bench, { ...request, hold }));
  bench.screen.settle();
  bench.screen.print(...layTable([{ head: 'STORAGE' }, { head: 'SETS' }], deliveries.map(rowOf)));
  bench.screen.printJson({ from: from.name, storages: deliveries.map(deliveryForJson) });
  return deliveries.some(({ failure }) => failure) ? EXIT.partial : EXIT.done;
}

function rowOf(delivery: Delivery): string[] {
  return [delivery.name, wordDelivery(delivery)];
}
