import { Failure } from '../../common/failure.ts';
import { layTable } from '../../ui/table.ts';
import { EXIT } from '../../ui/words.ts';
import { openWorkbench, type Room } from '../workbench.ts';
import { sendTest } from './notices.ts';

/** Sends a test message to everyone whom the settings name. Exit code 1 when one of them could not be reached. */
export async function notify(room: Room): Promise<number> {
  const { config, context, screen } = await openWorkbench(room);
  if (config.notify.length === 0) {
    const hint = 'set BACKUP_PING_URL, BACKUP_NTFY_URL or another of docs/notifications.md';
    throw new Failure('settings', { message: 'the settings name nobody who is to be told', hint });
  }
  const told = await sendTest(config, { signal: context.signal });
  const rows = told.map(({ name, outcome, reason }) => [name, outcome, reason ?? '']);
  screen.print(...layTable([{ head: 'NOTIFIER' }, { head: 'MESSAGE' }, { head: 'WHY' }], rows));
  screen.printJson({ told });
  return told.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.done;
}
