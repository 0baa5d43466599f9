import type { Context } from '../../../common/context.ts';
import { Failure } from '../../../common/failure.ts';
import { archiveOf } from '../read.ts';
import { restoreCommand } from './command.ts';
import { type RestorePlan, selectionOf } from './restore-plan.ts';
import { readRestoreWords } from './tool-words.ts';

/**
 * Runs mongorestore. Without `--stopOnError`: over live data the old collections are gone once it drops them, so going on
 * past a refused document brings back the most; the count of failed documents makes the restore a failed one all the
 * same. Throws Failure "tool-failed".
 */
export async function load(plan: RestorePlan, context: Context): Promise<void> {
  const { code, stderr } = await callTool(plan, context);
  // The exit code alone is not believed: refused documents and unmatched names leave it at 0.
  const words = readRestoreWords(stderr);
  const wanted = Object.values(plan.expected.fingerprint.counts).reduce((sum, count) => sum + count, 0);
  const message = problem(code, words, wanted);
  if (message === undefined) return;
  throw new Failure('tool-failed', { message, detail: words.errors.join('\n') || stderr.trim() });
}

/** The tool reads only the prelude here: what it proves is the login, its options and that it takes the file. */
export async function dryRun(plan: RestorePlan, context: Context): Promise<void> {
  if (plan.staged === undefined) return;
  const { engine, service } = plan.connection.address;
  const command = restoreCommand(plan.connection, selectionOf(plan), plan.staged.path, ['--dryRun']);
  const { code, stderr } = await engine.run(service, command, { signal: context.signal });
  if (code === 0 && readRestoreWords(stderr).errors.length === 0) return;
  throw new Failure('tool-failed', {
    message: `a dry run of mongorestore ended with code ${code}`,
    detail: stderr.trim(),
  });
}

async function callTool(plan: RestorePlan, context: Context): Promise<{ code: number; stderr: string }> {
  const { engine, service } = plan.connection.address;
  const options = { signal: context.signal };
  const extra = plan.way === 'swap' ? [] : ['--drop'];
  const command = restoreCommand(plan.connection, selectionOf(plan), plan.staged?.path, extra);
  if (plan.staged !== undefined) return engine.run(service, command, options);
  const archive = archiveOf(plan.source);
  const { stderr } = await engine.write(service, command, await archive.open(), archive.bytes, options);
  return { code: 0, stderr };
}

function problem(code: number, words: ReturnType<typeof readRestoreWords>, wanted: number): string | undefined {
  if (words.failed > 0) return `mongorestore could not restore ${words.failed} documents`;
  if (code !== 0) return `mongorestore ended with code ${code}`;
  if (words.errors.length > 0) return 'mongorestore told of errors';
  if (words.restored === undefined) return 'mongorestore ended without its closing line';
  if (words.restored === 0 && wanted > 0) return `mongorestore restored 0 documents, expected ${wanted}`;
  return undefined;
}
