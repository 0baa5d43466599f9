import { Failure } from '../../common/failure.ts';
import { using } from '../../common/using.ts';
import { EXIT } from '../../ui/words.ts';
import { afterBackup, type BackupHooks, beforeBackup } from '../around/backup.ts';
import type { HookRun } from '../around/hooks.ts';
import { type FileDestination, openFileDestination } from '../bundle/file-destination.ts';
import { type Choice, chosenKinds, parseChoice, sourceLabel } from '../choose.ts';
import { chooseDestinations, type Destination, inOrderOfWriting, isOfStorage, isRemote } from '../destinations.ts';
import { holdLock } from '../hold.ts';
import { NOTHING, recordRun, type WorkDone } from '../record.ts';
import { requireBackupRole } from '../restore/guard.ts';
import { requireSecretsMayLeave } from '../secrets-in-clear.ts';
import { closeServers, connectServers } from '../servers.ts';
import { at, findServers, openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { type Delivery, deliver } from './deliver.ts';
import { type BackupPlan, planBackup, rebuiltInstead, stoppedServers } from './plan.ts';
import { resultOfBackup } from './result.ts';
import { type MadeSet, makeSet, type SetRequest } from './set.ts';
import { printBackupPlan, printBackupResult } from './words.ts';

/** The flags of `holdfast backup`. */
export interface BackupFlags {
  readonly sources: readonly string[];
  readonly components?: string;
  readonly label?: string;
  readonly dryRun?: boolean;
  /** Only these storages, by their names with commas between them. */
  readonly to?: string;
  /** The set goes into this file alone, and into no storage. */
  readonly output?: string;
  /** The schedule that asks for it. */
  readonly schedule?: string;
  /** Asked with the lock in hand: why there is nothing to do any more; undefined when there is. */
  readonly obsolete?: () => Promise<string | undefined>;
}

/** What a backup did. */
export interface BackupOutcome extends MadeSet {
  /** Where the set was written. */
  readonly destination: Destination;
  /** What became of the other destinations. */
  readonly deliveries: readonly Delivery[];
  readonly hooks: BackupHooks;
}

/** What was asked for, and where it goes. */
interface Wish {
  readonly choice: Choice;
  readonly words: readonly string[];
  readonly flags: BackupFlags;
  readonly began: Date;
  /** In the order in which they are written to; never empty. */
  readonly destinations: readonly Destination[];
  /** What brings the set into one file, when that is where it goes. */
  readonly file?: FileDestination | undefined;
}

type PlannedRun = Wish & Omit<SetRequest, 'hold'>;

/** Dumps, checks, publishes, prunes. Exit code 0, or 3 when some sources failed and the others were kept. */
export async function backup(flags: BackupFlags, room: Room): Promise<number> {
  const began = new Date();
  const asked = [...flags.sources, ...(flags.components ? [flags.components] : [])];
  const choice = parseChoice(asked);
  if (flags.output !== undefined && flags.to !== undefined) {
    throw new Failure('usage', { message: 'found --output and --to, expected one of them: a file, or storages' });
  }
  const opened = await openWorkbench(room);
  requireBackupRole(opened);
  const file = flags.output === undefined ? undefined : await openFileDestination(flags.output, began, opened);
  return await using(file, async () => {
    const destinations = file
      ? [file.destination]
      : inOrderOfWriting(chooseDestinations(opened.destinations, flags.to));
    // What is taken for a file is other work than what is kept: the two are not compared.
    const words = [...asked, ...(file ? ['--output'] : [])];
    return await backupTo({ choice, words, flags, began, destinations, file }, opened);
  });
}

async function backupTo(wish: Wish, opened: Workbench): Promise<number> {
  const { flags, words, destinations, file } = wish;
  const [first] = destinations;
  if (first === undefined) throw new Failure('settings', { message: 'BACKUP_STORAGE names no storage' });
  const bench = { ...opened, ...at(first) };
  if (flags.dryRun) return await withPlan(wish, bench, async (plan) => printBackupPlan(plan, bench));
  const facts = { command: 'backup', choice: words, schedule: flags.schedule };
  return await recordRun(bench, facts, async (logged, { earlier }) =>
    withPlan(wish, logged, async (plan) => {
      const outcome = await backUp({ ...wish, plan, bench: logged, earlier });
      if (typeof outcome === 'string') return leave(outcome, logged);
      await file?.write(outcome.manifest, logged);
      const exitCode = printBackupResult(outcome, logged);
      return { exitCode, result: resultOfBackup(outcome, exitCode) };
    }),
  );
}

/** Another run did the work while this one waited for the lock. */
function leave(reason: string, { screen }: Workbench): WorkDone {
  screen.remark(`nothing to do: ${reason}`);
  screen.printJson({ due: false, reason });
  return { exitCode: EXIT.done, result: { ...NOTHING, outcome: 'skipped', exitCode: EXIT.done } };
}

/** Finds and asks the servers, and lets go of them when the work is done. */
async function withPlan<Result>(
  wish: Wish,
  bench: Workbench,
  work: (plan: BackupPlan) => Promise<Result>,
): Promise<Result> {
  const { choice } = wish;
  const kinds = chosenKinds(choice);
  const found = await findServers(bench, kinds);
  const { connected, unreached } = await connectServers(found, bench.context);
  try {
    const answered = await planBackup(connected, unreached, choice, bench.context);
    requireSealedSecrets(answered, wish, bench);
    return await work({
      ...answered,
      skipped: [
        ...stoppedServers(found, kinds),
        ...answered.skipped,
        ...rebuiltInstead(bench.config.around.rebuilds, choice),
      ],
    });
  } finally {
    await closeServers(connected);
  }
}

/** Told before anything is dumped. Throws Failure "refused". */
function requireSealedSecrets({ dumps }: BackupPlan, { destinations, file }: Wish, bench: Workbench): void {
  const { recipients, secretsRecipients } = bench.config;
  if (recipients.length + secretsRecipients.length > 0 || !dumps.some(({ source }) => source.kind === 'secrets'))
    return;
  for (const { name, storage } of destinations) {
    if (file !== undefined || isRemote(storage)) {
      requireSecretsMayLeave(file === undefined ? `the storage "${name}"` : storage.location, bench);
    }
  }
}

/**
 * Makes the set in the first destination, then brings it to the others: the servers are read once, and a slow storage
 * keeps neither a dump nor another storage waiting. Where the first one fails, the next takes its place. Gives a text
 * when there is nothing to do any more.
 */
async function backUp(wish: PlannedRun): Promise<BackupOutcome | string> {
  const { destinations } = wish;
  const dead: Delivery[] = [];
  let before: readonly HookRun[] | undefined;
  for (const [index, destination] of destinations.entries()) {
    const bench = { ...wish.bench, ...at(destination) };
    try {
      return await using(await holdLock(bench, 'backup'), async (hold) => {
        const obsolete = await wish.flags.obsolete?.();
        if (obsolete !== undefined) return obsolete;
        before ??= await beforeBackup(
          bench,
          wish.plan.dumps.map(({ label }) => label),
        );
        const made = await makeSet({ ...wish, bench, hold });
        const { runFailed, manifest } = made;
        const to = destinations.slice(index + 1);
        const deliveries = await deliver(bench, { from: destination, to, runFailed, hold });
        const taken = { set: manifest.id, sources: manifest.sources.map(sourceLabel), before };
        const hooks = await afterBackup(bench, taken);
        return { ...made, destination, deliveries: [...dead, ...deliveries], hooks };
      });
    } catch (error) {
      if (!isOfStorage(error) || index === destinations.length - 1 || bench.context.signal.aborted) throw error;
      const { name, storage } = destination;
      bench.context.report({ kind: 'failed', source: name, message: error.message });
      dead.push({ name, location: storage.location, copied: [], failure: error });
    }
  }
  throw new Failure('internal', { message: 'there was no destination to write to' });
}
