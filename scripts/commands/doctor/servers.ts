import type { Context } from '../../common/context.ts';
import { toFailure } from '../../common/failure.ts';
import type { StoredGeneration } from '../../datastores/generation.ts';
import { KINDS } from '../../datastores/index.ts';
import { wordBytes, wordCount } from '../../ui/units.ts';
import { planBackup } from '../backup/plan.ts';
import { parseChoice } from '../choose.ts';
import { type Connected, closeServers, connectServers } from '../servers.ts';
import { findServers } from '../workbench.ts';
import { findingOf } from './failing.ts';
import type { Check, Finding } from './finding.ts';

/** Engines, containers, logins, versions of the tools, and the rights to read what is to be dumped. */
export const checkServers: Check = async ({ bench }) => {
  const { context } = bench;
  try {
    const found = await findServers(bench, KINDS);
    const { connected, unreached } = await connectServers(found, context);
    try {
      const plan = await planBackup(connected, unreached, parseChoice([]), context);
      const silent = unreached.map(
        ({ kind, name, failure }): Finding => findingOf(`server ${kind}/${name}`, failure, WHY),
      );
      const unreadable = plan.failed
        .filter((entry) => !unreached.some(({ kind, name }) => kind === entry.kind && name === entry.server))
        .map(
          ({ kind, name, reason }): Finding => ({
            level: 'problem',
            about: `${kind}/${name}`,
            what: reason,
            why: WHY,
            mend: 'grant the right to read it, or name the databases to back up in .env',
          }),
        );
      const kept = await keptOn(connected, context);
      const places = new Set(kept.map(({ place }) => place));
      const skipped = plan.skipped
        .filter(({ name }) => !places.has(name))
        .map(
          ({ kind, name, reason }): Finding => ({
            level: 'warning',
            about: `${kind}/${name}`,
            what: reason,
            why: 'what is named in the settings and skipped is in no set',
            mend: 'start it, or take it out of the settings',
          }),
        );
      const obstacles = (await Promise.all(connected.map(obstacle))).flat();
      const answered = connected.map(
        ({ address, engineVersion }): Finding => ({
          level: 'ok',
          about: `server ${address.kind}${address.name === 'default' ? '' : `/${address.name}`}`,
          what: `${address.label} answers and lets itself be read (${address.engine.name} ${engineVersion})`,
        }),
      );
      return [...answered, ...silent, ...unreadable, ...skipped, ...keptFinding(kept), ...obstacles];
    } finally {
      await closeServers(connected);
    }
  } catch (error) {
    context.signal.throwIfAborted();
    return [findingOf('servers', toFailure(error), WHY)];
  }
};

async function keptOn(connected: readonly Connected[], context: Context): Promise<StoredGeneration[]> {
  return (await Promise.all(connected.map(({ server }) => server.generations(context)))).flat();
}

/** No trouble by itself: it is what makes an undo possible. */
function keptFinding(kept: readonly StoredGeneration[]): Finding[] {
  if (kept.length === 0) return [];
  const bytes = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const what = `restores keep ${wordCount(kept.length, 'old database')}, ${wordBytes(bytes)}; holdfast restore --forget removes them`;
  return [{ level: 'ok', about: 'undo', what }];
}

const WHY = 'it would be missing in the next backup';

/** A dump needs fewer rights than a restore, which shows on the wrong day. */
async function obstacle({ address, server }: Connected): Promise<Finding[]> {
  const what = await server.restoreObstacle();
  if (what === undefined) return [];
  return [
    {
      level: 'warning',
      about: `restore to ${address.kind}${address.name === 'default' ? '' : `/${address.name}`}`,
      what,
      why: 'backups are made and could not be brought back with this login',
      mend: 'grant the right, or have another login at hand for a restore (docs/restore-runbook.md)',
    },
  ];
}
