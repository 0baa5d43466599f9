import { askLine, askOne, askSome, askYes } from '../../ui/prompts/prompts.ts';
import { layTable } from '../../ui/table.ts';
import { wordBytes } from '../../ui/units.ts';
import { requireRestoreRole } from '../restore/guard.ts';
import { restore } from '../restore/restore.ts';
import type { RestoreFlags } from '../restore/restore-plan.ts';
import type { Workbench } from '../workbench.ts';
import { choiceWords } from './choice.ts';
import type { Order } from './order.ts';
import { askSet, type OfferedSet, type OfferedSource, sourcesIn } from './sets.ts';

/** Asks for a set, what of it, and where to. Undefined when the person went back; the plan and its question are the verb's. */
export async function orderRestore(bench: Workbench): Promise<Order | undefined> {
  requireRestoreRole(bench);
  const set = await askSet('Which set is to be restored?', bench);
  const sure = set === undefined ? undefined : await askRightTarget(set, bench);
  if (set === undefined || sure === undefined) return undefined;
  const sources = sourcesIn(set);
  const ticked = await askComponents(sources, bench);
  const where = ticked === undefined ? undefined : await askWhere(ticked, bench);
  if (ticked === undefined || where === undefined) return undefined;
  const isBeside = (where.to ?? where.into) !== undefined;
  const words = choiceWords(sources, labels(isBeside ? databasesIn(ticked) : ticked));
  const chosen = words.length === 0 ? {} : { components: words.join(',') };
  const rest: Omit<RestoreFlags, 'set'> = { ...chosen, ...where, ...sure };
  return {
    same: { verb: 'restore', words: [set.name], flags: { ...rest, yes: true } },
    carryOut: (room) => restore({ set: set.name, ...rest }, room),
  };
}

type Sure = Pick<RestoreFlags, 'production' | 'foreign'>;

/** The question whose flag is --foreign, after that of --production. */
async function askRightTarget(set: OfferedSet, bench: Workbench): Promise<Sure | undefined> {
  const { environment } = bench.config;
  const sure = await askProduction(bench);
  const from = set.state === 'complete' ? set.manifest.environment : environment;
  if (sure === undefined || from === environment) return sure;
  const question = `The set is of the environment "${from}", and this one is "${environment}". Restore it here?`;
  return (await askYes({ question, ...ANSWERS }, bench.context.signal)) ? { ...sure, foreign: true } : undefined;
}

/** The question whose flag is --production, where there is something to ask. Undefined when the person went back. */
export async function askProduction({ config, context }: Workbench): Promise<Pick<Sure, 'production'> | undefined> {
  if (!config.production) return {};
  const question = `The environment "${config.environment}" is marked as PRODUCTION. Restore there?`;
  return (await askYes({ question, ...ANSWERS }, context.signal)) ? { production: true } : undefined;
}

const ANSWERS = { yes: 'yes', no: 'no, back' } as const;

const COLUMNS = [{ head: 'SOURCE' }, { head: 'SIZE', align: 'right' }] as const;

async function askComponents(
  sources: readonly OfferedSource[],
  { context }: Workbench,
): Promise<readonly OfferedSource[] | undefined> {
  const [head = '', ...texts] = layTable(
    COLUMNS,
    sources.map(({ label, bytes }) => [label, wordBytes(bytes)]),
  );
  const items = sources.map((value, index) => ({ value, text: texts[index] ?? value.label }));
  const question = 'What of it?';
  return await askSome({ question, head, items, ticked: sources, word: ({ label }) => label }, context.signal);
}

type Where = Pick<RestoreFlags, 'to' | 'into'>;

/** In place of the live data, or under names of their own; roles have no other name, and then stay as they are. */
async function askWhere(ticked: readonly OfferedSource[], { context }: Workbench): Promise<Where | undefined> {
  const databases = databasesIn(ticked);
  if (databases.length === 0) return {};
  const items = [
    { value: false, text: 'in place of the live data' },
    { value: true, text: 'beside it, under another name' },
  ];
  const isBeside = await askOne({ question: 'Where to?', items }, context.signal);
  if (!isBeside) return isBeside === undefined ? undefined : {};
  const names: string[] = [];
  for (const { label, name } of databases) {
    const text = `${name}_restored`;
    const answer = await askLine({ question: `New name of ${label}:`, text, problem: problemOf }, context.signal);
    if (answer === undefined) return undefined;
    names.push(answer);
  }
  const [only = ''] = names;
  if (names.length === 1) return { into: only };
  return { to: databases.map(({ label }, index) => `${label}=${names[index]}`) };
}

/** A slash or an equals sign would be read as a server by --to. */
function problemOf(name: string): string | undefined {
  if (name.trim() === '') return 'a name is needed';
  return /[/=]/.test(name) ? 'a name without "/" and "="' : undefined;
}

function databasesIn(sources: readonly OfferedSource[]): OfferedSource[] {
  return sources.filter(({ name }) => name !== 'globals.sql');
}

function labels(sources: readonly OfferedSource[]): string[] {
  return sources.map(({ label }) => label);
}
