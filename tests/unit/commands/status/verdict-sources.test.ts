import assert from 'node:assert/strict';
import { type Case, testCases } from './cases.ts';
import { exampleSet, exampleStanding, exampleStorage, NOW, runAgo, SHOP, schedule } from './example.ts';

const nights = [58, 34, 10].map((hours) => exampleSet(hours));
const partial = (hoursAgo: number) => {
  const changed = new Date(NOW.getTime() - hoursAgo * 60 * 60 * 1000);
  return { state: 'partial', name: '2026-05-06T02-00', time: changed, changed, bytes: 12_000_000 } as const;
};

/** What is said of sources and of what was left unfinished. */
const TABLE: readonly Case[] = [
  [
    'a source that lost most of its bytes',
    () => {
      const small = { ...SHOP, 'postgres/app': { bytes: 3_000_000, rows: 900 } };
      return exampleStanding({ storages: [exampleStorage([...nights.slice(0, 2), exampleSet(10, small)])] });
    },
    /^WARN postgres\/app shrank to 3\.0 MB from 8\.0 MB \(the usual of 2 sets\)$/,
  ],
  [
    'a source that lost its rows behind bytes that stayed',
    () => {
      const emptied = { ...SHOP, 'postgres/app': { bytes: 8_000_000, rows: 0 } };
      return exampleStanding({ storages: [exampleStorage([...nights.slice(0, 2), exampleSet(10, emptied)])] });
    },
    /^WARN postgres\/app is empty; it had 900 rows/,
  ],
  [
    'what looked wrong in the last run',
    () =>
      exampleStanding({ runs: [runAgo(10, 'backup', { suspicions: ['mongo/old was in the last set and is gone'] })] }),
    /^WARN mongo\/old was in the last set and is gone$/,
  ],
  [
    'a set that was left unfinished',
    () => exampleStanding({ storages: [exampleStorage(nights, { partial: [partial(30)] })] }),
    /^WARN the set 2026-05-06T02-00 in local was left unfinished 30 h ago \(12\.0 MB\)$/,
  ],
  [
    'an unfinished set that another machine may be writing',
    () => exampleStanding({ storages: [exampleStorage(nights, { partial: [partial(0.5)] })] }),
  ],
  [
    'an unfinished set of a long run that is under way',
    () =>
      exampleStanding({ storages: [exampleStorage(nights, { partial: [partial(3)] })], runs: [runAgo(4, 'backup')] }),
  ],
  [
    'a source with a schedule of its own that is late, behind newer sets of others',
    () => {
      const sets = [exampleSet(40), exampleSet(10, { 'mongo/shop': { bytes: 2_000_000 } })];
      const schedules = [schedule('backup', '0 2 * * *', ['mongo']), schedule('backup', '0 3 * * *', ['postgres'])];
      return exampleStanding({ storages: [exampleStorage(sets)], config: { schedules } });
    },
    /^CRIT postgres\/app is in no set younger than its RPO of 26 h: the newest, 2026-05-05T20-00, is 40 h old$/,
  ],
  [
    'a source that is backed up seldom beside one that is backed up each hour',
    () => {
      const { 'mongo/shop': mongo, 'postgres/app': postgres } = SHOP;
      assert.ok(mongo && postgres);
      const sets = [exampleSet(10, { 'postgres/app': postgres }), exampleSet(1, { 'mongo/shop': mongo })];
      const schedules = [schedule('backup', '0 * * * *', ['mongo']), schedule('backup', '0 2 * * *', ['postgres'])];
      return exampleStanding({ storages: [exampleStorage(sets)], config: { schedules } });
    },
  ],
  [
    'a database that was dropped after it had shrunk',
    () => {
      const [before, then] = [58, 34].map((hours, at) =>
        exampleSet(hours, { ...SHOP, 'postgres/old': { bytes: 99 - 90 * at } }),
      );
      assert.ok(before && then);
      return exampleStanding({ storages: [exampleStorage([before, then, exampleSet(10)])] });
    },
  ],
  [
    'a database that was dropped on purpose',
    () => {
      const before = exampleSet(58, { ...SHOP, 'postgres/old': { bytes: 1 } });
      return exampleStanding({ storages: [exampleStorage([before, ...nights.slice(1)])] });
    },
  ],
];

testCases(TABLE);
