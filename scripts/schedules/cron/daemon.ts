import { readFile } from 'node:fs/promises';
import { namesIn } from '../files.ts';

/** Names of cron's process: Debian, cronie and busybox, others that are in use. */
const DAEMONS = new Set(['cron', 'crond', 'fcron', 'dcron', 'bcron-sched', 'anacron']);

/**
 * Does a cron run on this machine? Undefined when the system does not tell: not Linux (macOS starts its cron when there
 * is a crontab), or processes of others are hidden.
 */
export async function cronRuns(platform: NodeJS.Platform): Promise<boolean | undefined> {
  if (platform !== 'linux') return undefined;
  if ((await nameOf('1')) === undefined) return undefined;
  const names = await Promise.all((await namesIn('/proc')).filter((name) => /^\d+$/.test(name)).map(nameOf));
  return names.some((name) => name !== undefined && DAEMONS.has(name));
}

async function nameOf(pid: string): Promise<string | undefined> {
  // Ended since it was listed, or hidden.
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined))?.trim();
}
