import { Failure, toFailure } from '../../common/failure.ts';
import { processState } from '../../common/process-identity.ts';
import { processEnvironment } from '../../config/environment.ts';
import type { Engine, Lab } from '../../engines/engine.ts';
import type { Workbench } from '../workbench.ts';

/** An engine that can start throw-away servers, and answers. */
export interface LabEngine {
  readonly engine: Engine;
  readonly lab: Lab;
}

/** The labels that tell whose a throw-away container is. */
export const OWNER_LABELS = {
  host: 'holdfast.drill.host',
  boot: 'holdfast.drill.boot',
  pid: 'holdfast.drill.pid',
  start: 'holdfast.drill.start',
  /** Stays after its drill. */
  kept: 'holdfast.drill.kept',
} as const;

/** The engines that answer, of those that the settings allow. Throws Failure "tool-missing" when there is none. */
export async function findLabs({ config, context }: Workbench): Promise<LabEngine[]> {
  const { allEngines } = await import('../../engines/select.ts');
  const problems: string[] = [];
  const found = await Promise.all(
    allEngines(processEnvironment()).map(async (engine): Promise<LabEngine[]> => {
      const { lab, name } = engine;
      if (lab === undefined || (config.containerCommand ?? name) !== name) return [];
      try {
        await engine.version({ signal: context.signal });
        return [{ engine, lab }];
      } catch (error) {
        context.signal.throwIfAborted();
        problems.push(toFailure(error).message);
        return [];
      }
    }),
  );
  const labs = found.flat();
  if (labs.length > 0) return labs;
  throw new Failure('tool-missing', {
    message: 'there is no container engine to start a throw-away server with',
    detail: problems.join('\n') || undefined,
    hint: 'install podman or docker, or name a server to restore to: BACKUP_DRILL_POSTGRES_URL, BACKUP_DRILL_MONGO_URL',
  });
}

/**
 * The engine that holds an image, the one that the server was dumped through first; where none does, the first of them
 * gets it. Throws Failure "not-found" with the engine's words.
 */
export async function engineWith(
  labs: readonly LabEngine[],
  image: string,
  recorded: string | undefined,
  { context, screen }: Workbench,
): Promise<LabEngine> {
  const ordered = labs.toSorted(
    (one, other) => Number(other.engine.name === recorded) - Number(one.engine.name === recorded),
  );
  for (const found of ordered) if (await found.lab.image(image, { signal: context.signal })) return found;
  const [first] = ordered as [LabEngine];
  screen.remark(`getting the image ${image}`);
  await first.lab.pull(image, { signal: context.signal });
  return first;
}

/** Removes what drills left that were killed: only where it is known that their process is gone. Gives how many. */
export async function removeLeftovers(
  labs: readonly LabEngine[],
  self: { readonly host: string; readonly bootId: string },
  { context }: Workbench,
): Promise<number> {
  let removed = 0;
  for (const { engine, lab } of labs) {
    for (const { id, name, labels } of await lab.throwaways({ signal: context.signal })) {
      if (labels[OWNER_LABELS.kept] !== undefined || labels[OWNER_LABELS.host] !== self.host) continue;
      const sameBoot = labels[OWNER_LABELS.boot] === self.bootId;
      const pid = Number(labels[OWNER_LABELS.pid]);
      if (sameBoot && (await processState(pid, labels[OWNER_LABELS.start] ?? '')) !== 'gone') continue;
      await lab.remove(id);
      removed += 1;
      const message = `removed the throw-away server "${name}" of ${engine.name}, whose drill was killed`;
      context.report({ kind: 'note', message });
    }
  }
  return removed;
}
