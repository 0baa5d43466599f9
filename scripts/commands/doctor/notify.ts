import { probeAll } from '../notify/notices.ts';
import type { Check, Finding } from './finding.ts';

/** Whether the places that are to hear of failures are there. Nobody is sent a message: that is `holdfast notify`. */
export const checkNotify: Check = async ({ bench }) => {
  const { config, context } = bench;
  if (config.notify.length === 0) return [NOBODY];
  const found = await probeAll(config, context.signal);
  context.signal.throwIfAborted();
  return found.map(({ name, reason }): Finding => {
    const about = `notifier ${name}`;
    if (reason === undefined) return { level: 'ok', about, what: 'it is there' };
    return {
      level: 'problem',
      about,
      what: reason,
      why: WHY,
      mend: 'correct its address in the settings, then: holdfast notify',
    };
  });
};

const WHY = 'a failure, or the silence of a machine that is off, would not be told';

const NOBODY: Finding = {
  level: 'warning',
  about: 'notifications',
  what: 'nobody is told when a backup fails, or when none is made',
  why: 'most broken backups are found on the day they are needed',
  mend: 'name a place: BACKUP_PING_URL, BACKUP_NTFY_URL and others (docs/notifications.md)',
};
