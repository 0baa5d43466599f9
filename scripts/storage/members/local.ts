import { join } from 'node:path';
import { text } from '../../common/rules.ts';
import { localStorage } from '../local.ts';
import { defineStorage } from '../member.ts';

/** A folder of this machine, or one that is mounted. */
export const member = defineStorage({
  wrap: 'nothing',
  settings: {
    folder: {
      rule: text('a folder'),
      variable: 'BACKUP_LOCAL_DIR',
      about: 'the folder that holds the sets',
      meaning: 'file',
      standard: './backups',
    },
  },
  open: ({ folder }, surroundings) =>
    localStorage({ name: surroundings.name, folder: folder ?? join(surroundings.folder, 'backups') }),
});
