import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { RunEvent } from '../../../scripts/common/context.ts';
import { liveProgress, plainProgress } from '../../../scripts/ui/progress.ts';

function terminal(columns?: number) {
  const written: string[] = [];
  return { written, columns, isTTY: true, write: (text: string) => void written.push(text) };
}

const DUMP: readonly RunEvent[] = [
  { kind: 'step', source: 'postgres/app', step: 'dump', expectedBytes: 2_000_000 },
  { kind: 'progress', source: 'postgres/app', bytes: 1_000_000 },
  { kind: 'step', source: 'postgres/app', step: 'check' },
  { kind: 'done', source: 'postgres/app', bytes: 2_000_000 },
];

test('without a terminal there is one line when a dump begins and one when it is done, none for bytes', () => {
  const screen = terminal();
  let now = 0;
  const progress = plainProgress(screen, () => now);
  for (const event of DUMP) {
    progress.report(event);
    now += 1000;
  }
  assert.equal(screen.written.join(''), '  postgres/app: dump\n✓ postgres/app: check, 2.0 MB in 3.0 s\n');
});

test('every other event is one line with a sign of its own', () => {
  const screen = terminal();
  const progress = plainProgress(screen, () => 0);
  progress.report({ kind: 'failed', source: 'mongo/a', message: 'it broke' });
  progress.report({ kind: 'skipped', source: 'mongo/b', reason: 'not there' });
  progress.report({ kind: 'note', message: 'swept' });
  progress.report({ kind: 'warning', message: 'no passwords', source: 'postgres/globals.sql' });
  progress.report({ kind: 'step', source: 'mongo/c', step: 'check' });
  assert.deepEqual(screen.written, [
    '✗ mongo/a: it broke\n',
    '- mongo/b: skipped: not there\n',
    '  note: swept\n',
    '! postgres/globals.sql: no passwords\n',
  ]);
});

test('on a terminal each source that is under way has a live line with bytes, rate and time left', (context) => {
  mock.timers.enable({ apis: ['setInterval'] });
  context.after(() => mock.timers.reset());
  const screen = terminal(100);
  let now = 0;
  const progress = liveProgress(screen, () => now);
  progress.report(DUMP[0] as RunEvent);
  progress.report(DUMP[1] as RunEvent);
  now = 10_000;
  mock.timers.tick(200);
  assert.equal(screen.written.at(-1), '  postgres/app  dump  1.0 MB  100 kB/s  about 10 s left\n');
  mock.timers.tick(200);
  assert.equal(screen.written.at(-1), '\x1b[1A\x1b[J  postgres/app  dump  1.0 MB  100 kB/s  about 10 s left\n');
  progress.report({ kind: 'done', source: 'postgres/app', bytes: 2_000_000 });
  progress.close();
  assert.equal(screen.written.join('').split('✓ postgres/app: dump, 2.0 MB in 10 s\n').length, 2);
  const count = screen.written.length;
  mock.timers.tick(1000);
  assert.equal(screen.written.length, count, 'it drew after it was closed');
});

test('a live line never wraps, and a terminal of unknown width has 80 columns', (context) => {
  mock.timers.enable({ apis: ['setInterval'] });
  context.after(() => mock.timers.reset());
  for (const [columns, widest] of [
    [30, 29],
    [0, 79],
    [undefined, 79],
  ] as const) {
    const screen = terminal(columns);
    const progress = liveProgress(screen, () => 1);
    progress.report({ kind: 'step', source: `postgres/${'long'.repeat(40)}`, step: 'dump' });
    mock.timers.tick(200);
    assert.equal(screen.written.at(-1)?.trimEnd().length, widest);
    progress.close();
  }
});
