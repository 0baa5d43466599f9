import { Failure } from '../common/failure.ts';
import { resolveEntry } from '../sets/catalog.ts';
import { layTable } from '../ui/table.ts';
import { EXIT } from '../ui/words.ts';
import { deliveryForJson, wordDelivery } from './copy-words.ts';
import { type Delivery, deliver } from './deliver.ts';
import { chooseDestination, type Destination, inOrderOfWriting } from './destinations.ts';
import { holdLock } from './hold.ts';
import { recordVerb } from './record.ts';
import { at, catalogOf, openWorkbench, type Room, type Workbench } from './workbench.ts';

/** The flags of `holdfast copy`. */
export interface CopyFlags {
  readonly sets: readonly string[];
  readonly from?: string;
  readonly to?: string;
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
  const facts = { command: 'copy', choice: flags.sets };
  return await recordVerb({ ...opened, ...at(from) }, facts, (bench) => copySets(bench, { from, to: others }, flags));
}

async function copySets(
  bench: Workbench,
  { from, to }: { from: Destination; to: readonly Destination[] },
  flags: CopyFlags,
): Promise<number> {
  const entries = flags.sets.length > 0 ? await catalogOf(bench) : [];
  const sets = flags.sets.map((wanted) => resolveEntry(wanted, entries).name);
  await using hold = await holdLock(bench, 'copy');
  const request = { from, to, runFailed: false, hold, ...(sets.length > 0 ? { sets } : {}) };
  const deliveries = await deliver(bench, request);
  bench.screen.settle();
  bench.screen.print(...layTable([{ head: 'STORAGE' }, { head: 'SETS' }], deliveries.map(rowOf)));
  bench.screen.printJson({ from: from.name, storages: deliveries.map(deliveryForJson) });
  return deliveries.some(({ failure }) => failure) ? EXIT.partial : EXIT.done;
}

function rowOf(delivery: Delivery): string[] {
  return [delivery.name, wordDelivery(delivery)];
}
