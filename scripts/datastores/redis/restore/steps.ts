import type { Context } from '../../../common/context.ts';
import { Failure, toFailure } from '../../../common/failure.ts';
import type { StoredSource } from '../../datastore.ts';
import type { Difference, RestoreReport, RestoreStep, RestoreWish, StepKind, StepOutcome } from '../../restore.ts';
import type { Client } from '../connection/client.ts';
import type { Connection } from '../connection/connection.ts';
import { become } from '../exchange/become.ts';
import { contentWords } from '../facts.ts';
import { fileOf, mustRun, type Place, removeFiles } from '../files.ts';
import { type RdbContent, totalOf } from '../rdb/content.ts';
import { readRdb } from '../rdb/inspect.ts';
import { startSideServer } from '../side-server.ts';
import type { Staged } from './stage.ts';

/** All that a restore needs. */
export interface RestorePlan {
  readonly connection: Connection;
  readonly source: StoredSource;
  readonly wish: RestoreWish;
  readonly way: 'swap' | 'direct';
  readonly files: Place;
  /** What our own reader saw in the dump. */
  readonly content: RdbContent;
  readonly staged: Staged;
}

const UNTOUCHED = 'the live data was not touched';

/**
 * The steps of a restore. Beside: the file is placed, a second server loads it and is asked for what it holds. Direct (a
 * drill): the empty server itself gets the data in that way.
 */
export function stepsOf(plan: RestorePlan): RestoreStep[] {
  const { connection, wish, way, files, content, staged } = plan;
  const file = fileOf({ part: 'new', stamp: wish.stamp });
  const what = `${totalOf(content.counts)} keys that stay`;
  const place = step(
    plan,
    'create',
    `place "${file}" beside the data of ${connection.address.label}`,
    async ({ signal }) => {
      const script = 'umask 077; cd "$1" && cp "$2" "$3.part" && sync && mv "$3.part" "$3"';
      await mustRun(connection, script, [files.dir, staged.path, file], { signal });
      return {};
    },
  );
  const placed = { ...place, undo: () => removeFiles(connection, files, [file, `${file}.part`], {}) };
  if (way === 'swap') {
    const text = `load it into a second server beside the live one and compare ${what}`;
    return [
      placed,
      step(plan, 'compare', text, async ({ signal }) => ({ report: await compareBeside(plan, file, signal) })),
    ];
  }
  const load = step(plan, 'restore', `give the data to ${connection.address.label}`, async () => {
    await become(connection, files, file, async () => undefined);
    await removeFiles(connection, files, [file], {});
    return {};
  });
  const compare = step(plan, 'compare', `compare ${what}`, async ({ signal }) => ({
    report: await compareWith(plan, connection.client, signal),
  }));
  return [placed, load, compare];
}

function step(
  plan: RestorePlan,
  kind: StepKind,
  text: string,
  run: (context: Context) => Promise<StepOutcome>,
): RestoreStep {
  const source = `redis/${plan.source.name}`;
  const stands = plan.way === 'swap' ? UNTOUCHED : 'the server may hold a part of the data';
  return {
    kind,
    text,
    live: false,
    run: async (context) => {
      context.report({ kind: 'step', source, step: kind });
      try {
        return await run(context);
      } catch (error) {
        throw toFailure(error).at({ source, step: kind, stands });
      }
    },
  };
}

async function compareBeside(plan: RestorePlan, file: string, signal: AbortSignal): Promise<RestoreReport> {
  const side = await startSideServer(plan.connection, plan.files.dir, file, { signal });
  try {
    return await compareWith(plan, side.client, signal);
  } finally {
    await side.close();
  }
}

/** A server that loaded the data is asked for a file of its own, and its keys are counted by our reader. */
async function compareWith(plan: RestorePlan, client: Client, signal: AbortSignal): Promise<RestoreReport> {
  const { connection, content, source, wish } = plan;
  const { engine, service } = connection.address;
  const sealed = engine.read(service, client.command('--rdb', '-'), { signal });
  const found = await readRdb(sealed.stream, { marked: true });
  await sealed.seal;
  const expected = source.facts?.fingerprint.counts ?? content.counts;
  const differences = differencesOf(expected, found.counts);
  if (found.functions !== content.functions) {
    differences.push({ name: 'functions', expected: `${content.functions}`, found: `${found.functions}` });
  }
  if (differences.length > 0 && plan.way === 'swap') throw mismatch(differences);
  return {
    target: wish.target,
    objects: Object.keys(found.counts).length,
    rows: totalOf(found.counts),
    counts: found.counts,
    differences,
    compared: source.facts !== undefined,
    notes: [`restored ${contentWords(found)}`],
  };
}

function differencesOf(
  expected: Readonly<Record<string, number>>,
  found: Readonly<Record<string, number>>,
): Difference[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  return names.flatMap((name) => {
    const [wanted, there] = [expected[name] ?? 0, found[name] ?? 0];
    return wanted === there ? [] : [{ name, expected: `${wanted} keys`, found: `${there} keys` }];
  });
}

function mismatch(differences: readonly Difference[]): Failure {
  const words = differences.map(({ name, expected, found }) => `${name}: found ${found}, expected ${expected}`);
  return new Failure('mismatch', { message: `the restored data differs: ${words.join('; ')}` });
}
