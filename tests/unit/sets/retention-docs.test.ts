import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { layDecisions } from '../../../scripts/commands/sets/retention-words.ts';
import { POLICY_NAMES } from '../../../scripts/common/policy.ts';
import { planRetention } from '../../../scripts/sets/retention.ts';
import { DAY, setOf } from './retention-calendar.ts';

const page = await readFile(new URL('../../../docs/retention.md', import.meta.url), 'utf8');

/** The content of the first fenced block of a language. */
function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1];
  assert.ok(found !== undefined, language);
  return found;
}

test('the calendar of docs/retention.md is what the code makes of its settings', () => {
  const sets = [];
  for (let at = Date.parse('2026-01-01T02:00Z'); at <= Date.parse('2026-05-07T02:00Z'); at += DAY) {
    const time = new Date(at);
    sets.push({ ...setOf(time, { holds: ['app'] }), name: time.toISOString().slice(0, 16).replace(':', '-') });
  }
  const { retention } = parse(block('yaml'));
  const now = new Date('2026-05-07T02:05:00Z');
  const decisions = planRetention(sets, { ...retention, now, environment: 'shop', runFailed: false, force: true });
  const kept = decisions.filter(({ action }) => action === 'keep');
  assert.equal(block('text'), `${layDecisions(kept).join('\n')}\n`);
});

test('docs/retention.md names every rule', () => {
  for (const name of POLICY_NAMES) assert.match(page, new RegExp(`^\\| \`${name}: N\` \\|`, 'm'));
});
