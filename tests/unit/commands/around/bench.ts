import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Workbench } from '../../../../scripts/commands/workbench.ts';
import type { Context, RunEvent } from '../../../../scripts/common/context.ts';
import { loadConfig } from '../../../../scripts/config/load.ts';
import type { RestoreStep } from '../../../../scripts/datastores/restore.ts';

/** What the flows around a restore need of a workbench, with what was told. */
export interface AroundBench {
  readonly bench: Workbench;
  readonly folder: string;
  readonly context: Context;
  readonly told: RunEvent[];
}

/** A workbench in a folder of its own, with these settings. */
export async function openAroundBench(yaml: string): Promise<AroundBench> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-around-'));
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'holdfast.yaml'), yaml, { mode: 0o600 });
  const config = await loadConfig({ folder, environment: { HOME: folder, BACKUP_ENVIRONMENT: 'test-shop' } });
  const told: RunEvent[] = [];
  const context: Context = { signal: new AbortController().signal, report: (event) => void told.push(event) };
  return { bench: { config, context } as Workbench, folder, context, told };
}

/** Runs steps, and gives what they noted. */
export async function runAll(steps: readonly RestoreStep[], context: Context): Promise<string[]> {
  const notes: string[] = [];
  for (const step of steps) notes.push(...((await step.run(context)).notes ?? []));
  return notes;
}

/** Takes steps back, the last one first. */
export async function undoAll(steps: readonly RestoreStep[]): Promise<void> {
  for (const step of steps.toReversed()) await step.undo?.();
}
