import { askYes } from '../../ui/prompts/prompts.ts';
import type { Room } from '../workbench.ts';
import { type CommandLine, wordCommandLine } from './command-line.ts';

/** What a person has put together: a verb's own options, and how the verb is called with them. */
export interface Order {
  /** The command line that does the same and asks nothing. */
  readonly same: CommandLine;
  /** Calls the verb's command, as its flags do. */
  readonly carryOut: (room: Room) => Promise<number>;
  /** The dry run, for a verb that does not show its plan by itself, and the question that follows it. */
  readonly ahead?: { readonly plan: (room: Room) => Promise<number>; readonly question: string };
}

/**
 * Shows the plan and asks, where the verb does not; then does what was ordered, and tells the command line. Undefined
 * when the person went back. Throws what the verb throws.
 */
export async function carryOut({ same, carryOut: act, ahead }: Order, room: Room): Promise<number | undefined> {
  if (ahead !== undefined) {
    await ahead.plan(room);
    room.screen.print('');
    if (!(await askYes({ question: ahead.question, yes: 'yes', no: 'no, back' }, room.signal))) return undefined;
  }
  try {
    return await act(room);
  } finally {
    if (!room.signal.aborted) {
      room.screen.settle();
      room.screen.print('', 'the same without questions:', `  ${wordCommandLine(same)}`, '');
    }
  }
}
