/** Encrypted backups beside plain ones: the same servers, the same command. */
import { newKeyPair } from '../scripts/crypt/identity.ts';
import { holdfast, newFolder, type Place, settle } from './place.ts';
import { alternate, compare, timed, type Way } from './rounds.ts';
import { runQuietly } from './shell.ts';
import { type Line, ratioLine } from './table.ts';

/** The limit of the issue. */
const LIMIT = 1.15;

/** Measures a backup for two recipients against a plain one. */
export async function measureEncryption(place: Place, rounds: number, say: (text: string) => void): Promise<Line[]> {
  const pairs = [await newKeyPair(), await newKeyPair()];
  const recipients = pairs.map(({ recipient }) => recipient).join(',');
  const plain = backup(place, 'plain', {});
  const encrypted = backup(place, 'encrypted', { BACKUP_AGE_RECIPIENTS: recipients });
  await timed(plain);
  const timings = await alternate([plain, encrypted], rounds, say);
  return [ratioLine('encrypted backup to plain', compare(timings, 'encrypted', 'plain'), LIMIT)];
}

/** One set in an empty folder. */
function backup(place: Place, name: string, settings: Readonly<Record<string, string>>): Way {
  return {
    name,
    run: async () => {
      const cwd = await newFolder(place, name);
      await runQuietly(holdfast, ['backup', '--json'], cwd, { ...place.environment, ...settings });
    },
    after: async () => {
      await newFolder(place, name);
      await settle(place);
    },
  };
}
