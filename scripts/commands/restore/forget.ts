import { Failure } from '../../common/failure.ts';
import { using } from '../../common/using.ts';
import { STAMP, type StoredGeneration, timeOfStamp } from '../../datastores/generation.ts';
import { KINDS } from '../../datastores/index.ts';
import { wordBytes, wordCount } from '../../ui/units.ts';
import { holdLockIfWritable } from '../hold.ts';
import { recordVerb } from '../record.ts';
import { type Connected, closeServers, connectServers } from '../servers.ts';
import { findServers, openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { confirm, requireSomebodyToAsk } from './confirm.ts';
import { killedRestores, readJournals } from './journal.ts';

/** The flags of `holdfast restore --forget`. */
export interface ForgetFlags {
  /** The stamp of one restore; everything that restores kept when it is "latest", the usual word for a set. */
  readonly set: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** A generation and the server that holds it. */
interface Kept {
  readonly to: Connected;
  readonly generation: StoredGeneration;
}

/** Removes for good what restores kept: after this they cannot be undone. Asks before. */
export async function forget(flags: ForgetFlags, room: Room): Promise<number> {
  requireSomebodyToAsk(flags, room.screen);
  if (flags.set !== 'latest' && !STAMP.test(flags.set)) {
    throw new Failure('usage', {
      message: `found "${flags.set}", expected the stamp of a restore such as 20261121_235220`,
      hint: 'holdfast restore --forget --dry-run lists them',
    });
  }
  const bench = await openWorkbench(room);
  const work = (logged: Workbench): Promise<number> =>
    withKept(logged, (kept) =>
      remove(
        kept.filter(({ generation }) => isMeant(generation, flags)),
        flags,
        logged,
      ),
    );
  if (flags.dryRun) return await work(bench);
  const choice = flags.set === 'latest' ? [] : [flags.set];
  // A restore or an undo at work puts to use what would be removed.
  return await using(await holdLockIfWritable(bench, 'forget'), () =>
    recordVerb(bench, { command: 'forget', choice }, work),
  );
}

function isMeant({ stamp }: StoredGeneration, { set }: ForgetFlags): boolean {
  return set === 'latest' || stamp === set;
}

/** Asks every server for what restores keep there. What a restore is making at this moment is left out. */
async function withKept<Result>(bench: Workbench, use: (kept: readonly Kept[]) => Promise<Result>): Promise<Result> {
  const found = await findServers(bench, KINDS);
  const { connected, unreached } = await connectServers(found, bench.context);
  try {
    for (const { failure } of unreached) bench.context.report({ kind: 'warning', message: failure.message });
    const kept: Kept[] = [];
    const isFree = await freeOf(bench);
    for (const to of connected) {
      for (const generation of await to.server.generations(bench.context)) {
        if (isFree(generation)) kept.push({ to, generation });
      }
    }
    return await use(kept);
  } finally {
    await closeServers(connected);
  }
}

/** So long a restore of somebody else may take, who works on the same server; milliseconds. */
const LONGEST_RESTORE = 24 * 3_600_000;

/** Tells what no restore is making at this moment: of this project by its journals, of any other by its age. */
async function freeOf(bench: Workbench): Promise<(generation: StoredGeneration) => boolean> {
  const journals = await readJournals(bench);
  const killed = await killedRestores(journals);
  const own = new Map(journals.map((journal) => [journal.stamp, journal]));
  return ({ part, stamp }) => {
    const journal = own.get(stamp);
    if (journal !== undefined) return journal.outcome !== undefined || killed.includes(journal);
    return part === 'before' || Date.now() - timeOfStamp(stamp) > LONGEST_RESTORE;
  };
}

async function remove(kept: readonly Kept[], flags: ForgetFlags, bench: Workbench): Promise<number> {
  const { screen } = bench;
  const lines = kept.map(wordKept);
  const bytes = kept.reduce((sum, { generation }) => sum + generation.sizeBytes, 0);
  if (kept.length === 0 || flags.dryRun) {
    screen.print(...(kept.length === 0 ? ['restores keep nothing on the servers that were found'] : lines));
    if (kept.length > 0) screen.print(`dry run: ${wordBytes(bytes)} would be removed; nothing was changed`);
    screen.printJson({ dryRun: flags.dryRun ?? false, kept: kept.map(forJson), removed: [] });
    return 0;
  }
  screen.remark(...lines);
  await confirm(flags.yes ?? false, `This removes ${wordCount(kept.length, 'old database')} for good.`, bench);
  for (const { to, generation } of kept) await to.server.removeGeneration(generation, bench.context);
  screen.print(`removed ${wordCount(kept.length, 'old database')}, ${wordBytes(bytes)}`);
  screen.printJson({ dryRun: false, kept: [], removed: kept.map(forJson) });
  return 0;
}

function wordKept({ to, generation: { database, part, stamp, place, sizeBytes } }: Kept): string {
  const what =
    part === 'before' ? `was "${database}" before the restore ${stamp}` : `of the restore ${stamp}, never live`;
  return `${place}, ${wordBytes(sizeBytes)}: ${what} (${to.address.label})`;
}

function forJson({ to, generation }: Kept): unknown {
  return { ...generation, server: to.address.label };
}

/** Removes what restores kept longer than the settings allow; nothing where they name no time. Never asks. */
export async function forgetExpired(bench: Workbench, now: Date): Promise<readonly string[]> {
  const { undoDays } = bench.config;
  if (undoDays === undefined) return [];
  const oldest = now.getTime() - undoDays * 86_400_000;
  return await using(await holdLockIfWritable(bench, 'forget'), () =>
    withKept(bench, async (kept) => {
      const expired = kept.filter(({ generation }) => timeOfStamp(generation.stamp) < oldest);
      for (const { to, generation } of expired) await to.server.removeGeneration(generation, bench.context);
      return expired.map(wordKept);
    }),
  );
}
