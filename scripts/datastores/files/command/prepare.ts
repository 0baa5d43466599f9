import type { Context } from '../../../common/context.ts';
import { Failure, toFailure } from '../../../common/failure.ts';
import type { CommandSource, ServerAddress, StoredSource } from '../../datastore.ts';
import type { PreparedRestore, RestoreStep, RestoreWish, StepOutcome } from '../../restore.ts';
import { EXPORT } from './dump.ts';
import { exportOf, openExport } from './read.ts';

type Commands = CommandSource['command'];

/**
 * A restore by the product's own command, over what it holds now. Throws Failure "settings" when there is no such command
 * for the source, or when it should go where that command does not lead.
 */
export function prepareCommand(address: ServerAddress, source: StoredSource, wish: RestoreWish): PreparedRestore {
  if (wish.way === 'swap' || wish.way === 'direct') {
    const message = 'an export can only be given back to its product: it cannot be restored beside it, nor tried';
    throw new Failure('settings', { message });
  }
  const { restore, check } = commandsOf(address, wish.target);
  if (restore === undefined) throw backupOnly(source);
  return {
    way: 'in-place',
    reason: 'only the product knows where its data is',
    changes: [],
    warnings: [],
    steps: [restoreStep(address, source, restore), ...(check === undefined ? [] : [checkStep(address, source, check)])],
    exchange: undefined,
    discard: async () => undefined,
  };
}

function commandsOf({ files = [] }: ServerAddress, target: string): Commands {
  const found = files.find(({ name }) => name === target);
  if (found !== undefined && 'command' in found) return found.command;
  throw new Failure('not-found', {
    message: `the settings have no export command "${target}"`,
    hint: 'name it, with its restore command, under "files" in holdfast.yaml',
  });
}

function backupOnly(source: StoredSource): Failure {
  return new Failure('settings', {
    message: `"${source.name}" has no restore command: Holdfast backs it up and cannot restore it`,
    hint: `add "restore:" to it in holdfast.yaml, or by hand: gunzip -c files/${exportOf(source).fileName} | COMMAND`,
  });
}

function restoreStep({ engine }: ServerAddress, source: StoredSource, command: string): RestoreStep {
  const { facts } = source;
  const stands = `what "${source.name}" held before may be gone, or mixed with what was restored`;
  return step(
    source,
    { kind: 'restore', text: `give the export to: ${command}`, live: true, stands },
    async ({ signal }) => {
      const bytes = Number(facts?.details.bytes);
      const input = await openExport(exportOf(source));
      const { sha256 } = await engine.write('', { argv: ['sh', '-c', command] }, input, bytes, { signal });
      const expected = facts?.fingerprint.sums?.[EXPORT] ?? sha256;
      const differences = sha256 === expected ? [] : [{ name: EXPORT, expected, found: sha256 }];
      const report = { target: source.name, objects: 0, rows: 0, counts: {}, differences, compared: true };
      return { report: { ...report, notes: [`the command took all ${bytes} bytes of the export`] } };
    },
  );
}

function checkStep({ engine }: ServerAddress, source: StoredSource, command: string): RestoreStep {
  const stands = `"${source.name}" was restored, and its own check says that it is not well`;
  return step(source, { kind: 'compare', text: `ask: ${command}`, live: false, stands }, async ({ signal }) => {
    const { code, stdout, stderr } = await engine.run('', { argv: ['sh', '-c', command] }, { signal });
    if (code === 0) return { notes: stdout.trim() === '' ? [] : [stdout.trim()] };
    throw new Failure('mismatch', {
      message: `the check ended with code ${code}`,
      detail: stderr.trim() || stdout.trim(),
    });
  });
}

function step(
  source: StoredSource,
  words: Pick<RestoreStep, 'kind' | 'text' | 'live'> & { readonly stands: string },
  run: (context: Context) => Promise<StepOutcome>,
): RestoreStep {
  const { stands, ...facts } = words;
  const label = `files/${source.name}`;
  return {
    ...facts,
    run: async (context) => {
      context.report({ kind: 'step', source: label, step: facts.kind });
      try {
        return await run(context);
      } catch (error) {
        throw toFailure(error, { source: label, step: facts.kind }).at({ stands });
      }
    },
  };
}
