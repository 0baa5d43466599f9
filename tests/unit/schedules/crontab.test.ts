import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockOf, jobLine, ownBlock, withBlock } from '../../../scripts/schedules/cron/crontab.ts';
import { scriptPath } from '../../../scripts/schedules/cron/script.ts';
import type { Project, ScheduleSurroundings } from '../../../scripts/schedules/schedule.ts';

const project: Project = { id: 'shop-11111111', folder: '/srv/shop' };
const other: Project = { id: 'shop-22222222', folder: '/srv/shop2' };
const surroundings: ScheduleSurroundings = {
  environment: { HOME: "/home/o'n %" },
  signal: new AbortController().signal,
  platform: 'linux',
  userId: 1000,
};

function block(whose: Project): string {
  return blockOf(whose, [jobLine('0 2 * * *', scriptPath(surroundings, whose, 'backup'))]);
}

const foreign = fc
  .array(fc.constantFrom('# mine', '5 5 * * * x', '', 'A=b', '\u00e4', '# BEGIN other', '# END holdfast shop-9'))
  .map((lines) => lines.map((line) => `${line}\n`).join(''));

test('the lines of others stay byte for byte, wherever ours are put in, changed and taken out', () => {
  fc.assert(
    fc.property(foreign, foreign, (before, after) => {
      const crontab = withBlock(before, project, surroundings, block(project)) + after;
      const both = withBlock(crontab, other, surroundings, block(other));
      const changed = withBlock(both, project, surroundings, blockOf(project, ['# nothing']));
      assert.equal(ownBlock(changed, other, surroundings), block(other));
      const without = withBlock(changed, project, surroundings, undefined);
      assert.equal(withBlock(without, other, surroundings, undefined), before + after);
    }),
  );
});

test('ours replace what is ours, where it stands', () => {
  const crontab = `a\n${block(project)}b\n`;
  assert.equal(withBlock(crontab, project, surroundings, block(project)), crontab);
});

test('a block whose last mark was lost ends with our last line', () => {
  const cut = block(project).replace(/# END.*\n/, '');
  assert.equal(withBlock(`a\n${cut}b\n`, project, surroundings, undefined), 'a\nb\n');
  assert.equal(withBlock(`a\n${cut}b\n`, project, surroundings, block(project)), `a\n${block(project)}b\n`);
});

test('a last line without a line break gets one before ours', () => {
  assert.equal(withBlock('a', project, surroundings, block(project)), `a\n${block(project)}`);
  assert.equal(withBlock('a', project, surroundings, undefined), 'a');
});

test('a percent sign, which cron takes for a line break, and a quote are escaped', () => {
  assert.equal(jobLine('@reboot', "/a b%/o'n"), "@reboot /bin/sh '/a b\\%/o'\\''n'");
});

test('a line that some cron would cut off is refused', () => {
  assert.throws(() => jobLine('@reboot', `/${'x'.repeat(900)}`), { code: 'settings' });
});
