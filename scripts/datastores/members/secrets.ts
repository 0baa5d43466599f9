import type { KindMember } from '../kind.ts';
import { OLDER_ARCHIVE, SOURCE } from '../secrets/names.ts';

/** Env files, keys and certificates of this machine. */
export const member: KindMember = {
  place: 70,
  words: { object: 'folder', row: 'file', whole: 'group of secrets', exchange: 'by renames' },
  // Whoever finds an archive of ours without its manifest cannot know whether it is whole; the other was read to its end.
  sourceOfFile: (fileName) => (fileName === OLDER_ARCHIVE ? SOURCE : undefined),
  load: async () => (await import('../secrets/secrets.ts')).secrets,
};
