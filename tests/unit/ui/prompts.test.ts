import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpLines, type Item, openList, wrap } from '../../../scripts/ui/prompts/list.ts';

const named = (count: number): Item<number>[] =>
  Array.from({ length: count }, (_, value) => ({ value, text: `set ${String(value).padStart(3, '0')}` }));

const key = (name: string, text = '') => ({ name, text, ctrl: false });

test('the cursor of a list stays in it, and is always to be seen', () => {
  const list = openList(named(8));
  for (const [name, at] of [
    ['up', 0],
    ['down', 1],
    ['end', 7],
    ['down', 7],
    ['pageup', 0],
    ['pagedown', 7],
  ] as const) {
    list.press(key(name));
    assert.equal(list.current()?.value, at, name);
    const lines = list.lines(3, () => '');
    assert.equal(lines.length, 3);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('> ')),
      [`> set 00${at}`],
    );
  }
});

test('a long list is narrowed by typing and widened again; a short one takes no letters', () => {
  const list = openList(named(200));
  for (const letter of '19') assert.ok(list.press(key(letter, letter)));
  assert.equal(list.filter, '19');
  assert.deepEqual(
    list.shown().map(({ value }) => value),
    [19, 119, ...Array.from({ length: 10 }, (_, at) => 190 + at)],
  );
  assert.equal(list.current()?.value, 19);
  list.press(key('x', 'x'));
  assert.deepEqual([list.shown().length, list.current()], [0, undefined]);
  assert.deepEqual(
    list.lines(5, () => ''),
    [],
  );
  list.press(key('backspace', '\x7f'));
  list.press(key('backspace', '\x7f'));
  assert.equal(list.shown().length, 119);
  const short = openList(named(3));
  assert.equal(short.press(key('1', '1')), false);
  assert.equal(short.shown().length, 3);
});

test('the help takes one line where it fits, else one for each part', () => {
  const parts = ['up/down: move', 'Enter: choose'];
  assert.deepEqual(helpLines(parts, { columns: 40, rows: 20 }), ['up/down: move   Enter: choose']);
  assert.deepEqual(helpLines(parts, { columns: 20, rows: 20 }), parts);
});

test('a question goes on in the next line between two words', () => {
  const room = { columns: 12, rows: 20 };
  assert.deepEqual(wrap('What is to be backed up?', room), ['What is to', 'be backed', 'up?']);
  assert.deepEqual(wrap('a-word-too-long-for-it yes', room), ['a-word-too-long-for-it', 'yes']);
});
