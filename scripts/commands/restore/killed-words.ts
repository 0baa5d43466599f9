import type { Journal } from './journal.ts';

/** One line for each restore that was killed: what it did last, and the commands that go on or back. */
export function wordKilled(killed: readonly Journal[]): string[] {
  return killed.map((journal) => {
    const last = journal.steps.findLast(({ state }) => state !== 'pending');
    const at = last === undefined ? 'before its first step' : `in the step "${last.text}"`;
    const again = journal.command === 'undo' ? 'holdfast undo' : `holdfast restore ${journal.set}`;
    return `! a ${journal.command} of ${journal.set} (${journal.stamp}) was killed ${at}; holdfast undo brings the old data back, ${again} does it again`;
  });
}
