import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readCatalog } from '../../../scripts/sets/catalog.ts';
import { acquireLock } from '../../../scripts/sets/lock.ts';
import { writeProof } from '../../../scripts/sets/proof.ts';
import { pruneSets, sweepLeftovers } from '../../../scripts/sets/prune.ts';
import { planRetention } from '../../../scripts/sets/retention.ts';
import { openSetWriter } from '../../../scripts/sets/writer.ts';
import { localStorage } from '../../../scripts/storage/local.ts';
import { exampleFacts, exampleSource, quiet, sourceOfFile } from './example-set.ts';

/**
 * A whole backup run without servers, one after another until it is killed: lock, sweep, write, publish, prove, prune,
 * release. `node set-writing-run.ts FOLDER [RUNS]`. Tells "run" when it begins to work.
 */
const folder = process.argv[2] ?? '';
const runs = Number(process.argv[3] ?? '1000000');
const storage = localStorage({ folder });

async function run(): Promise<void> {
  const lock = await acquireLock(folder, { command: 'backup', report: () => undefined });
  const beforeRemoval = lock.stillMine;
  const now = new Date();
  await sweepLeftovers(storage, await readCatalog(storage, sourceOfFile), quiet, { now, rest: 0, beforeRemoval });
  const writer = await openSetWriter(storage, now);
  const group = writer.group('postgres');
  await pipeline(
    Readable.from(Array.from({ length: 8 }, () => Buffer.alloc(100_000, 7))),
    group.sink('app.dump', { compression: 'none' }),
  );
  const sources = [{ ...exampleSource('postgres', 'app'), artifacts: group.artifacts() }];
  // A month old, so that retention has something to remove.
  const facts = exampleFacts({ sources, createdAt: new Date(now.getTime() - 86_400_000 * 30).toISOString() });
  const { manifestSha256 } = await writer.finish(facts, { guide: () => 'guide', beforePublish: lock.stillMine });
  const proof = {
    set: writer.name,
    level: 'intact',
    host: 'h',
    holdfastVersion: '1',
    manifestSha256,
    sources: [],
  } as const;
  await writeProof(storage, { ...proof, provenAt: now.toISOString() });
  const decisions = planRetention(await readCatalog(storage, sourceOfFile), {
    days: 1,
    now,
    environment: 'shop',
    runFailed: false,
    force: true,
  });
  const some = decisions.filter(({ entry }, index) => entry.state === 'complete' && index < decisions.length - 2);
  await pruneSets(storage, some, quiet, { beforeRemoval });
  await lock.release();
}

process.stdout.write('run\n');
for (let count = 0; count < runs; count += 1) await run();
