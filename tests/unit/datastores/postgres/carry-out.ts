import type { Server, StoredSource } from '../../../../scripts/datastores/datastore.ts';
import { stampOf } from '../../../../scripts/datastores/generation.ts';
import {
  type PreparedRestore,
  type RestoreReport,
  type RestoreStep,
  type RestoreWish,
  runSteps,
} from '../../../../scripts/datastores/restore.ts';
import { testContext } from './stack-server.ts';

let stamps = 0;

/** Somebody's wish, with a stamp of its own. */
export function wishFor(target: string, more: Partial<RestoreWish> = {}): RestoreWish {
  stamps += 1000;
  return { target, stamp: stampOf(new Date(Date.now() + stamps)), exact: false, wasRead: false, ...more };
}

/** Prepares, takes every step and exchanges, as the command does; what fails is taken back. */
export async function carryOut(server: Server, source: StoredSource, wish: RestoreWish): Promise<RestoreReport> {
  const prepared = await server.prepare(source, wish, testContext());
  return finishPrepared(server, prepared);
}

/** The same for a restore that is prepared already. */
export async function finishPrepared(server: Server, prepared: PreparedRestore): Promise<RestoreReport> {
  const begun: RestoreStep[] = [];
  const steps = prepared.steps.map((step) => ({
    ...step,
    run: (context: ReturnType<typeof testContext>) => {
      begun.unshift(step);
      return step.run(context);
    },
  }));
  try {
    const report = await runSteps({ ...prepared, steps }, testContext());
    if (prepared.exchange !== undefined) await server.exchange([prepared.exchange], testContext());
    if (report === undefined) throw new Error('no step told what was restored');
    return report;
  } catch (error) {
    for (const step of begun) await step.undo?.();
    throw error;
  } finally {
    await prepared.discard();
  }
}

/** The texts of all steps. */
export function textOf({ steps }: PreparedRestore): string {
  return steps.map(({ text }) => text).join('\n');
}
