import type { Key, Room } from './converse.ts';

/** One line of a list. */
export interface Item<Value> {
  readonly value: Value;
  readonly text: string;
}

/** From so many lines on a list is narrowed by typing. */
const MANY = 10;

/** A list with a cursor in it, that typing narrows where it is long. */
export interface List<Value> {
  /** The items that fit what was typed. */
  shown(): readonly Item<Value>[];
  /** The item under the cursor. */
  current(): Item<Value> | undefined;
  /** True when the key was the list's. */
  press(key: Key): boolean;
  /** The part that fits, with a mark at the cursor; `mark` gives what stands before a text. */
  lines(rows: number, mark: (item: Item<Value>) => string): string[];
  /** What is to be told of typing; undefined where typing does nothing. */
  readonly filter: string | undefined;
}

/** Opens a list with the cursor on its first item. */
export function openList<Value>(items: readonly Item<Value>[]): List<Value> {
  const canFilter = items.length > MANY;
  let typed = '';
  let at = 0;
  const shown = (): readonly Item<Value>[] =>
    items.filter(({ text }) => text.toLowerCase().includes(typed.toLowerCase()));
  const narrow = (text: string): boolean => {
    typed = text;
    at = 0;
    return true;
  };
  const move = (by: number): boolean => {
    at = Math.max(0, Math.min(shown().length - 1, at + by));
    return true;
  };
  return {
    shown,
    current: () => shown()[at],
    get filter() {
      return canFilter ? typed : undefined;
    },
    press({ name, text, ctrl }) {
      const by = MOVES[name ?? ''];
      if (by !== undefined && !ctrl) return move(by);
      if (!canFilter) return false;
      if (name === 'backspace') return narrow(typed.slice(0, -1));
      return isTyped(text) && text !== ' ' ? narrow(typed + text) : false;
    },
    lines(rows, mark) {
      const all = shown();
      const height = Math.max(1, Math.min(rows, all.length));
      const first = Math.max(0, Math.min(at - Math.floor(height / 2), all.length - height));
      return all
        .slice(first, first + height)
        .map((item, index) => `${first + index === at ? '>' : ' '} ${mark(item)}${item.text}`);
    },
  };
}

const MOVES: Readonly<Record<string, number>> = {
  up: -1,
  down: 1,
  pageup: -10,
  pagedown: 10,
  home: -Infinity,
  end: Infinity,
};

/** True for a key that writes a letter. */
export function isTyped(text: string): boolean {
  return text !== '' && !/\p{Cc}/u.test(text);
}

/** A text in lines that fit; a word that is longer than a line is cut by whoever draws it. */
export function wrap(text: string, { columns }: Room): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Lines of help: one where it fits, else one for each part. */
export function helpLines(parts: readonly string[], { columns }: Room): string[] {
  const line = parts.join('   ');
  return line.length <= columns ? [line] : [...parts];
}

/** How a list tells what was typed, and how to type. */
export function filterLines(filter: string | undefined): string[] {
  if (filter === undefined) return [];
  return [filter === '' ? '  (type to narrow the list)' : `  narrowed to: ${filter}`];
}
