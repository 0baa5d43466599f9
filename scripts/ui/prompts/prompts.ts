/** The questions of the menu: one of several, some of several, yes or no, a line. Each gives undefined for Esc. */
import { converse, type Key, type Question } from './converse.ts';
import { filterLines, helpLines, type Item, isTyped, openList, wrap } from './list.ts';

/** What every question with a list has. */
export interface ListQuestion<Value> {
  readonly question: string;
  /** The heads of the columns, where the items are a table. */
  readonly head?: string;
  readonly items: readonly Item<Value>[];
}

/** What is seen and answered: the words that stay on the screen. */
interface Words<Value> {
  readonly word?: (value: Value) => string;
}

const MOVE = 'up/down: move';
const BACK = 'Esc: back';

/** One of several. `back`: what Esc does. */
export function askOne<Value>(
  { question, head, items, word, back = BACK }: ListQuestion<Value> & Words<Value> & { readonly back?: string },
  signal: AbortSignal,
): Promise<Value | undefined> {
  const list = openList(items);
  const asked: Question<Value> = {
    lines: (room) => {
      const above = [...wrap(question, room), ...(head === undefined ? [] : [`  ${head}`])];
      const below = [...filterLines(list.filter), '', ...helpLines([MOVE, 'Enter: choose', back], room)];
      return [...above, ...list.lines(room.rows - above.length - below.length, () => ''), ...below];
    },
    press: (key) => {
      const current = list.current();
      if (isEnter(key) && current !== undefined) return { answer: current.value };
      list.press(key);
      return undefined;
    },
    answered: (value) =>
      `${question} ${word?.(value) ?? items.find((item) => item.value === value)?.text.trim() ?? ''}`,
  };
  return converse(asked, signal);
}

/** At least one of several; `ticked`: those that are ticked to begin with. Answers in the order of the items. */
export function askSome<Value>(
  { question, head, items, ticked, word }: ListQuestion<Value> & Words<Value> & { readonly ticked: readonly Value[] },
  signal: AbortSignal,
): Promise<readonly Value[] | undefined> {
  const list = openList(items);
  const ticks = new Set(ticked);
  let complaint = '';
  const asked: Question<readonly Value[]> = {
    lines: (room) => {
      const above = [...wrap(question, room), ...(head === undefined ? [] : [`      ${head}`])];
      const help = [MOVE, 'Space: tick', 'Tab: all or none', 'Enter: go on', BACK];
      const below = [...filterLines(list.filter), complaint, ...helpLines(help, room)];
      const rows = room.rows - above.length - below.length;
      return [...above, ...list.lines(rows, ({ value }) => (ticks.has(value) ? '[x] ' : '[ ] ')), ...below];
    },
    press: (key) => {
      complaint = '';
      const current = list.current();
      if (isEnter(key)) {
        if (ticks.size > 0) return { answer: items.map(({ value }) => value).filter((value) => ticks.has(value)) };
        complaint = 'tick at least one';
      } else if (key.name === 'space' && current !== undefined) {
        if (!ticks.delete(current.value)) ticks.add(current.value);
      } else if (key.name === 'tab') toggleAll(ticks, list.shown());
      else list.press(key);
      return undefined;
    },
    answered: (values) => {
      if (values.length > 1 && values.length === items.length) return `${question} all ${items.length}`;
      return `${question} ${values.map((value) => word?.(value) ?? String(value)).join(', ')}`;
    },
  };
  return converse(asked, signal);
}

function toggleAll<Value>(ticks: Set<Value>, shown: readonly Item<Value>[]): void {
  const isFull = shown.every(({ value }) => ticks.has(value));
  for (const { value } of shown) isFull ? ticks.delete(value) : ticks.add(value);
}

/** Yes or no; false for Esc, too. The cursor stands on `yes`, where nothing is destroyed by it. */
export async function askYes(
  { question, yes, no }: { readonly question: string; readonly yes: string; readonly no: string },
  signal: AbortSignal,
): Promise<boolean> {
  const items = [
    { value: true, text: yes },
    { value: false, text: no },
  ];
  return (await askOne({ question, items }, signal)) ?? false;
}

/** A line of text, beginning with `text`. `problem`: what is wrong with it; undefined when it can be taken. */
export function askLine(
  {
    question,
    text,
    problem,
  }: { readonly question: string; readonly text: string; readonly problem: (text: string) => string | undefined },
  signal: AbortSignal,
): Promise<string | undefined> {
  let line = text;
  let complaint: string | undefined;
  const asked: Question<string> = {
    lines: (room) => [
      ...wrap(question, room),
      // The end of a line that is too long is where people type.
      `> ${[...line].slice(-(room.columns - 3)).join('')}_`,
      complaint ?? '',
      ...helpLines(['Enter: go on', 'Ctrl-U: empty the line', BACK], room),
    ],
    press: (key) => {
      complaint = isEnter(key) ? problem(line) : undefined;
      if (isEnter(key)) return complaint === undefined ? { answer: line } : undefined;
      if (key.name === 'backspace') line = [...line].slice(0, -1).join('');
      else if (key.ctrl && key.name === 'u') line = '';
      else if (isTyped(key.text)) line += key.text;
      return undefined;
    },
    answered: (answer) => `${question} ${answer}`,
  };
  return converse(asked, signal);
}

function isEnter({ name }: Key): boolean {
  return name === 'return' || name === 'enter';
}
