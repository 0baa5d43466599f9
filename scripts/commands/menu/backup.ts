import { Failure } from '../../common/failure.ts';
import { KINDS } from '../../datastores/index.ts';
import { readRuns } from '../../runs/run-log.ts';
import { askSome } from '../../ui/prompts/prompts.ts';
import { layTable } from '../../ui/table.ts';
import { wordAgo, wordBytes } from '../../ui/units.ts';
import { type BackupFlags, backup } from '../backup/backup.ts';
import { type PlannedDump, planBackup } from '../backup/plan.ts';
import { type Choice, isChosen, parseChoice } from '../choose.ts';
import { requireBackupRole } from '../restore/guard.ts';
import { closeServers, connectServers } from '../servers.ts';
import { runsFolderOf } from '../state.ts';
import { lookOver } from '../status/overview.ts';
import { heldSets, sourcesOf } from '../status/sources.ts';
import { findServers, type Workbench } from '../workbench.ts';
import { choiceWords } from './choice.ts';
import type { Order } from './order.ts';

const EVERYTHING: Choice = { kinds: new Set(), sources: new Set() };

/** Asks what to back up and, where there are several storages, where to. Undefined when the person went back. */
export async function orderBackup(bench: Workbench): Promise<Order | undefined> {
  requireBackupRole(bench);
  const dumps = await askServers(bench);
  const sources = await askSources(dumps, bench);
  const to = sources === undefined ? undefined : await askStorages(bench);
  if (sources === undefined || to === undefined) return undefined;
  const rest: Pick<BackupFlags, 'to'> = to.length > 0 ? { to: to.join(',') } : {};
  const flags = { sources, ...rest };
  return {
    same: { verb: 'backup', words: sources, flags: { ...rest } },
    carryOut: (room) => backup(flags, room),
    ahead: { plan: (room) => backup({ ...flags, dryRun: true }, room), question: 'Back up now?' },
  };
}

/** What all servers hold, largest first; a server that does not answer is told by the plan. */
async function askServers(bench: Workbench): Promise<readonly PlannedDump[]> {
  bench.screen.remark('asking the servers ...');
  const { connected, unreached } = await connectServers(await findServers(bench, KINDS), bench.context);
  try {
    return (await planBackup(connected, unreached, EVERYTHING, bench.context)).dumps;
  } finally {
    await closeServers(connected);
  }
}

async function askSources(dumps: readonly PlannedDump[], bench: Workbench): Promise<string[] | undefined> {
  if (dumps.length === 0) return [];
  const offered = dumps.map(({ label, source }) => ({ kind: source.kind, label }));
  const [head = '', ...texts] = await rowsOf(dumps, bench);
  const last = await lastChoice(bench);
  const wasTaken = ({ source, from }: PlannedDump): boolean =>
    isChosen(last, { kind: source.kind, name: source.name, server: from.address.name });
  const ticked = await askSome(
    {
      question: 'What is to be backed up?',
      head,
      items: offered.map(({ label: value }, at) => ({ value, text: texts[at] ?? value })),
      ticked: dumps.filter(wasTaken).map(({ label }) => label),
    },
    bench.context.signal,
  );
  return ticked === undefined ? undefined : choiceWords(offered, ticked);
}

const COLUMNS = [{ head: 'SOURCE' }, { head: 'SIZE', align: 'right' }, { head: 'LAST BACKUP' }] as const;

/** The head and a line for each source. */
async function rowsOf(dumps: readonly PlannedDump[], bench: Workbench): Promise<string[]> {
  const { destinations, now } = await lookOver(bench);
  const known = sourcesOf(heldSets(destinations), bench.config, now);
  const times = new Map(known.map(({ source, time }) => [source, wordAgo(now.getTime() - time.getTime())]));
  const rows = dumps.map(({ label, source }) => [label, wordBytes(source.sizeBytes), times.get(label) ?? 'never']);
  return layTable(COLUMNS, rows);
}

/** What a person chose the last time, here or on the command line: the runs tell. */
async function lastChoice(bench: Workbench): Promise<Choice> {
  const runs = await readRuns(runsFolderOf(bench));
  const last = runs.findLast(({ command, schedule }) => command === 'backup' && schedule === undefined);
  try {
    return last === undefined || last.choice.length === 0 ? EVERYTHING : parseChoice(last.choice);
  } catch (error) {
    // Of a later Holdfast that knows more kinds.
    if (error instanceof Failure) return EVERYTHING;
    throw error;
  }
}

/** The storages by name; none for all of them. */
async function askStorages({ destinations, context }: Workbench): Promise<readonly string[] | undefined> {
  if (destinations.length < 2) return [];
  const names = destinations.map(({ name }) => name);
  const items = destinations.map(({ name: value, storage }) => ({ value, text: `${value}  ${storage.location}` }));
  const ticked = await askSome({ question: 'Where to?', items, ticked: names }, context.signal);
  return ticked?.length === names.length ? [] : ticked;
}
