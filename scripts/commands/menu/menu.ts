import { Failure } from '../../common/failure.ts';
import { askOne } from '../../ui/prompts/prompts.ts';
import { EXIT, wordFailure } from '../../ui/words.ts';
import { undoable } from '../restore/undo.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { carryOut, type Order } from './order.ts';

/** One thing to do. Each is imported when it is chosen. */
interface Entry {
  readonly text: string;
  /** Asks what is needed; undefined when the person went back. */
  readonly order: (bench: Workbench) => Promise<Order | undefined>;
  /** Only looks: the menu comes again afterwards. */
  readonly looks?: boolean;
}

/**
 * Asks what to do until something was done, or the person leaves. Whatever is done is done by the command of its verb,
 * with the options that the flags would give it. Exit code: that of the verb; 0 when the person left.
 */
export async function menu(room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  room.screen.print(`Holdfast, environment "${bench.config.environment}"`, '');
  while (true) {
    const items = (await entriesFor(bench)).map((value) => ({ value, text: value.text }));
    const quit = { value: undefined, text: 'quit' };
    const entry = await askOne(
      { question: 'What do you want to do?', items: [...items, quit], back: 'Esc: quit' },
      room.signal,
    );
    if (entry === undefined) return EXIT.done;
    const order = await ordered(entry, bench);
    const code = order === undefined ? undefined : await carryOut(order, room);
    if (code !== undefined && !entry.looks) return code;
  }
}

/** What fails before anything was ordered is shown as its verb shows it, and leads back to the menu. */
async function ordered(entry: Entry, bench: Workbench): Promise<Order | undefined> {
  try {
    return await entry.order(bench);
  } catch (error) {
    if (bench.context.signal.aborted || !(error instanceof Failure) || error.code === 'interrupted') throw error;
    bench.screen.settle();
    bench.screen.remark(wordFailure(error), '');
    return undefined;
  }
}

async function entriesFor(bench: Workbench): Promise<Entry[]> {
  const last = await undoable(bench);
  const undo = last === undefined ? [] : [{ text: `undo the ${last.command} of ${last.set}`, order: orderUndo }];
  return [
    { text: 'back up', order: async (at) => (await import('./backup.ts')).orderBackup(at) },
    { text: 'restore', order: async (at) => (await import('./restore.ts')).orderRestore(at) },
    ...undo,
    {
      text: 'look at the sets',
      looks: true,
      order: look('list', async (room) => (await import('../sets/list.ts')).list({}, room)),
    },
    { text: 'prove a set (drill)', order: orderDrill },
    {
      text: 'status',
      looks: true,
      order: look('status', async (room) => (await import('../status/status.ts')).status({}, room)),
    },
    {
      text: 'doctor',
      looks: true,
      order: look('doctor', async (room) => (await import('../doctor/doctor.ts')).doctor({}, room)),
    },
  ];
}

function look(verb: string, act: Order['carryOut']): Entry['order'] {
  return async () => ({ same: { verb, words: [], flags: {} }, carryOut: act });
}

/** The verb shows its plan and asks by itself. */
async function orderUndo(bench: Workbench): Promise<Order | undefined> {
  const { askProduction } = await import('./restore.ts');
  const sure = await askProduction(bench);
  if (sure === undefined) return undefined;
  const { undo } = await import('../restore/undo.ts');
  return { same: { verb: 'undo', words: [], flags: { ...sure, yes: true } }, carryOut: (room) => undo(sure, room) };
}

async function orderDrill(bench: Workbench): Promise<Order | undefined> {
  const { askSet } = await import('./sets.ts');
  const set = (await askSet('Which set is to be proven?', bench))?.name;
  if (set === undefined) return undefined;
  const { drill } = await import('../drill/drill.ts');
  return {
    same: { verb: 'drill', words: [set], flags: {} },
    carryOut: (room) => drill({ set }, room),
    ahead: { plan: (room) => drill({ set, dryRun: true }, room), question: 'Drill now?' },
  };
}
