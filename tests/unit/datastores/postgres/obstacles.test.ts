import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  generationOf,
  isOurs,
  MARKED_LIMIT,
  markedComment,
  nameOf,
  ownComment,
} from '../../../../scripts/datastores/postgres/generations/mark.ts';
import { choosePlace } from '../../../../scripts/datastores/postgres/restore/choose-way.ts';
import { type LiveFacts, obstacleToSwap } from '../../../../scripts/datastores/postgres/restore/obstacles.ts';

const FREE: LiveFacts = {
  ...{ user: 'app', superuser: false, makesDatabases: true, longestName: 63, standbys: 0, sessions: [] },
  live: { oid: 1, owner: 'app', isOwned: true, template: false, prepared: 0, slots: [], subscriptions: [] },
};

function obstacle(live: Partial<NonNullable<LiveFacts['live']>>, target = 'app'): string | undefined {
  const all = FREE.live && { ...FREE.live, ...live };
  return obstacleToSwap({ ...FREE, live: all }, target, 'postgres');
}

describe('an exchange cannot be had', () => {
  it('where something belongs to the database that does not go along with its name', () => {
    assert.equal(obstacle({}), undefined);
    assert.match(obstacle({ prepared: 2 }) ?? '', /2 prepared transactions/);
    assert.match(obstacle({ slots: ['cdc'] }) ?? '', /replication slots.*"cdc"/);
    assert.match(obstacle({ subscriptions: ['feed'] }) ?? '', /subscriptions.*"feed"/);
  });

  it('for a template, for the database that we talk through, and for a name that leaves no room for another', () => {
    assert.match(obstacle({ template: true }) ?? '', /template/);
    assert.match(obstacle({}, 'postgres') ?? '', /talk to the server through/);
    assert.equal(obstacle({}, 'x'.repeat(40)), undefined);
    assert.match(obstacle({}, 'x'.repeat(41)) ?? '', /has 64 bytes, and 63 are allowed/);
    assert.match(obstacle({}, 'é'.repeat(21)) ?? '', /has 65 bytes/);
  });

  it('and where nothing is live yet only the right to make databases and the name count', () => {
    assert.equal(obstacleToSwap({ ...FREE, live: undefined }, 'app', 'postgres'), undefined);
    const long = obstacleToSwap({ ...FREE, live: undefined }, 'x'.repeat(50), 'postgres');
    const place = choosePlace({ target: 'x' }, { exists: false, obstacle: long, makesDatabases: true });
    assert.deepEqual(place, { kind: 'direct', reason: long });
    const none = { exists: false, obstacle: 'it lacks CREATEDB', makesDatabases: false };
    assert.throws(() => choosePlace({ target: 'x' }, none), { code: 'denied', message: 'it lacks CREATEDB' });
  });
});

describe('the mark of a restore', () => {
  it('is a name and a comment or a limit, never a name alone', () => {
    const name = nameOf('a_new_b', { part: 'before', stamp: '20261121_235220' });
    assert.deepEqual(generationOf(name), { database: 'a_new_b', part: 'before', stamp: '20261121_235220' });
    assert.equal(generationOf('app_new_2026'), undefined);
    assert.equal(isOurs({ name, comment: null, connectionLimit: -1 }), false);
    assert.equal(isOurs({ name, comment: 'kept by me', connectionLimit: -1 }), false);
    assert.equal(isOurs({ name, comment: markedComment('x', null), connectionLimit: -1 }), true);
    assert.equal(isOurs({ name, comment: null, connectionLimit: MARKED_LIMIT }), true);
    assert.equal(isOurs({ name: 'app', comment: markedComment('x', null), connectionLimit: MARKED_LIMIT }), false);
  });

  it('gives the comment back that stood there before', () => {
    for (const own of [null, 'one line', 'two\nlines', '\n']) assert.equal(ownComment(markedComment('x', own)), own);
    assert.equal(ownComment('not ours'), 'not ours');
  });
});
