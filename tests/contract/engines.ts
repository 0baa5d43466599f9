import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Environment } from '../../scripts/engines/child.ts';
import type { Engine } from '../../scripts/engines/engine.ts';
import { endings } from './engines-endings.ts';
import { programs } from './engines-programs.ts';
import { secrets } from './engines-secrets.ts';
import { streams } from './engines-streams.ts';

/** One engine with one service, as the contract needs it. */
export interface EngineSubject {
  readonly engine: Engine;
  /** What the engine was made with; a child that is killed gets the same. */
  readonly environment: Environment;
  readonly service: string;
  /** Empty for the host engine. */
  readonly image: string;
  /** Only where there are containers. */
  restart?(): Promise<void>;
  stop?(): Promise<void>;
  /** Processes that died in a bad way and were left to process 1, where it tells. */
  orphans?(): Promise<string[]>;
  remove(): Promise<void>;
}

/** How much the suite may cost. */
export interface Extent {
  /** Bytes streamed each way. */
  readonly bytes: number;
}

/**
 * What every engine must do; each member runs it. `open` prepares a service. When it throws, the suite is skipped and
 * says why; with HOLDFAST_REQUIRE_ALL=1 it fails instead, so that nothing goes unseen where all must run.
 */
export async function engineContract(
  title: string,
  open: () => Promise<EngineSubject>,
  extent: Extent,
  more: (subject: EngineSubject) => void = () => {},
): Promise<void> {
  const subject = await open().catch((error: Error) => error);
  if (subject instanceof Error) return skipped(`engine ${title}`, subject);
  describe(`engine ${title}`, { concurrency: 1 }, () => {
    after(() => subject.remove());
    programs(subject);
    streams(subject, extent);
    secrets(subject);
    endings(subject);
    more(subject);
    test('no process that died by a signal was left to process 1', async () => {
      assert.deepEqual((await subject.orphans?.()) ?? [], []);
    });
  });
}

/** A suite that cannot run here: seen as skipped, and a failure where all must run. */
export function skipped(title: string, { message }: Error): void {
  test(title, { skip: process.env.HOLDFAST_REQUIRE_ALL === '1' ? false : message }, () => assert.fail(message));
}
