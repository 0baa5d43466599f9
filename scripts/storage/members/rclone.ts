import { Failure } from '../../common/failure.ts';
import { text } from '../../common/rules.ts';
import { defineStorage } from '../member.ts';

/** "name:" and a path. What begins with ":" or has "," before the path is a whole config in one word, secrets and all. */
const REMOTE = /^[^:,/]+:[^:]*$/;

/** Any of the services that rclone knows, through the rclone program. */
export const member = defineStorage({
  // Its client tries again by itself.
  wrap: 'idle limit',
  settings: {
    remote: {
      rule: text('a remote of rclone and a path, "name:path"'),
      variable: 'BACKUP_RCLONE_REMOTE',
      about: 'Remote of rclone that keeps the sets, with a path in it: name:path',
      required: true,
    },
    config: {
      rule: text('a file'),
      variable: 'BACKUP_RCLONE_CONFIG',
      about: 'Config file of rclone',
      meaning: 'file',
      standard: "rclone's own",
    },
    program: {
      rule: text('a program'),
      variable: 'BACKUP_RCLONE_PROGRAM',
      about: 'The rclone program',
      standard: 'rclone on the PATH',
    },
  },
  async open({ remote, config, program = 'rclone' }, { name, environment }) {
    if (!REMOTE.test(remote)) {
      const hint = 'name a remote of your rclone config: rclone listremotes; keys and passwords belong in that file';
      throw new Failure('settings', { message: 'BACKUP_RCLONE_REMOTE is not of the form "name:path"', hint });
    }
    const { objectStorage } = await import('../objects/object-storage.ts');
    const { rcloneFreeBytes, rcloneStore } = await import('../rclone/store.ts');
    const settings = { remote, config, program, environment };
    const facts = { name, location: remote, freeBytes: () => rcloneFreeBytes(settings) };
    return objectStorage(rcloneStore(settings), facts);
  },
});
