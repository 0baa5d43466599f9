import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { aroundRestore, backToService } from '../../../../scripts/commands/around/restore-steps.ts';
import { openAroundBench, runAll, undoAll } from './bench.ts';

const facts = { set: '2026-05-07T15-36', sources: ['postgres/app', 'mongo/shop'] };
const YAML = `
maintenance: { on: "touch closed; echo on >>log", off: "rm closed; echo off >>log" }
before: { restore: ["echo before >>log", { name: pause, run: "env | grep -E '^HOLDFAST_(COMMAND|SET|ENVIRONMENT|SOURCES)=' | sort" }] }
after: { restore: ["echo migrate >>log; test ! -e fails"] }
health: [{ name: up, run: "echo health >>log; test ! -e sick", seconds: 1 }]
`;

const open = (yaml = YAML) => openAroundBench(yaml);
const logOf = (folder: string) => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');

test('without settings nothing happens around a restore', async () => {
  const { bench } = await open('');
  const none = { before: [], after: [], services: [], warnings: [] };
  assert.deepEqual(await aroundRestore(bench, [], { ...facts, services: true }), none);
  assert.deepEqual(await backToService(bench, [], facts), []);
});

test('making the plan runs nothing, and every step says what it will do', async () => {
  const { bench, folder } = await open();
  const { before, after } = await aroundRestore(bench, [], { ...facts, services: true });
  assert.equal(existsSync(join(folder, 'log')), false);
  assert.deepEqual(
    [...before, ...after].map(({ kind, text, live }) => [kind, text, live]),
    [
      ['maintenance-on', 'maintenance mode on: touch closed; echo on >>log', true],
      ['before-hook', 'before.restore: echo before >>log', true],
      ['before-hook', 'before.restore: pause', true],
      ['after-hook', 'after.restore: echo migrate >>log; test ! -e fails', true],
      ['health', 'health: up, within 1 s', true],
      ['maintenance-off', 'maintenance mode off: rm closed; echo off >>log', true],
    ],
  );
});

test('steps run in their order, and hooks know what is restored; their output is noted', async () => {
  const { bench, folder, context } = await open();
  const { before, after } = await aroundRestore(bench, [], { ...facts, services: true });
  const notes = await runAll(before, context);
  assert.deepEqual(notes, [
    'HOLDFAST_COMMAND=restore\nHOLDFAST_ENVIRONMENT=test-shop\nHOLDFAST_SET=2026-05-07T15-36\nHOLDFAST_SOURCES=postgres/app,mongo/shop',
  ]);
  assert.equal(existsSync(join(folder, 'closed')), true);
  await runAll(after, context);
  assert.deepEqual(logOf(folder), ['on', 'before', 'migrate', 'health', 'off']);
  assert.equal(existsSync(join(folder, 'closed')), false);
});

test('after a failing migration maintenance mode comes off, once all is healthy', async () => {
  const { bench, folder, context } = await open();
  const { before, after } = await aroundRestore(bench, [], { ...facts, services: true });
  await runAll(before, context);
  writeFileSync(join(folder, 'fails'), '');
  await assert.rejects(runAll(after, context), { code: 'tool-failed', message: /ended with exit code 1/ });
  await undoAll(before);
  assert.deepEqual(logOf(folder), ['on', 'before', 'migrate', 'health', 'off']);
});

test('while it is not healthy maintenance mode stays on, and the failure says so and how to end it', async () => {
  const { bench, folder, context } = await open();
  const { before, after } = await aroundRestore(bench, [], { ...facts, services: true });
  await runAll(before, context);
  writeFileSync(join(folder, 'sick'), '');
  await assert.rejects(runAll(after, context), { code: 'unreachable', message: /"up" is not healthy after 1 s/ });
  await assert.rejects(undoAll(before), {
    message: /^maintenance mode stays on: "up" is not healthy/,
    stands: 'maintenance mode is still on',
    hint: 'see the logs of the application; give it more time with "seconds"; when all is well: rm closed; echo off >>log',
  });
  const back = await backToService(bench, [], facts);
  await assert.rejects(runAll(back, context), { message: /^maintenance mode stays on: "up"/ });
  assert.equal(existsSync(join(folder, 'closed')), true);
  rmSync(join(folder, 'sick'));
  await runAll(back, context);
  assert.equal(existsSync(join(folder, 'closed')), false);
});

const SEARCH = `
maintenance: { on: "touch closed", off: "rm closed" }
rebuild:
  - { name: search, from: [mongo/shop, postgres/other], run: "echo search >>log; test ! -e stale" }
  - { name: elsewhere, from: [postgres/other], run: "echo elsewhere >>log" }
  - { name: all, run: "echo all >>log" }
`;

test('what is made from a restored source is made anew when the application is healthy, and nothing else', async () => {
  const { bench, folder, context } = await open(SEARCH);
  const { before, after } = await aroundRestore(bench, [], { ...facts, services: true });
  const kinds = after.map(({ kind, text }) => [kind, text.split(':')[0]]);
  assert.deepEqual(kinds, [
    ['rebuild', 'rebuild search'],
    ['rebuild', 'rebuild all'],
    ['maintenance-off', 'maintenance mode off'],
  ]);
  await runAll([...before, ...after], context);
  assert.deepEqual(logOf(folder), ['search', 'all']);
});

test('an index that is not made anew is told with the command for it, and keeps maintenance mode on', async () => {
  const { bench, folder, context } = await open(SEARCH);
  const { before, after } = await aroundRestore(bench, [], { ...facts, services: true });
  writeFileSync(join(folder, 'stale'), '');
  await assert.rejects(runAll([...before, ...after], context), {
    code: 'tool-failed',
    message: /^maintenance mode stays on: "search" was not made anew: "search": it ended with exit code 1/,
    hint: 'holdfast rebuild search; when all is well: rm closed',
  });
  assert.equal(existsSync(join(folder, 'closed')), true);
});

test('a maintenance mode that does not come off is told as such', async () => {
  const { bench, context } = await open('maintenance: { on: "true", off: "echo locked; exit 9" }');
  const { after } = await aroundRestore(bench, [], { ...facts, services: true });
  await assert.rejects(runAll(after, context), {
    message: /^maintenance mode stays on: .*exit code 9/,
    detail: 'locked',
  });
});

test('a unit and a program that are not there end the plan', async () => {
  const { bench } = await open('services: [{ compose: nowhere-at-all }]');
  const wanted = aroundRestore(bench, [], { ...facts, services: true });
  await assert.rejects(wanted, { code: 'not-found', message: /no compose service and no container "nowhere-at-all"/ });
  const without = await aroundRestore(bench, [], { ...facts, services: false });
  assert.deepEqual(without.services, []);
});
