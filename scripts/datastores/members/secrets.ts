import type { KindMember } from '../kind.ts';

/** Env files, keys and certificates of this machine. */
export const member: KindMember = {
  place: 70,
  words: { object: 'folder', row: 'file', whole: 'group of secrets', exchange: 'by renames' },
  // Whoever finds such an archive without its manifest cannot know whether it is whole.
  sourceOfFile: () => undefined,
  load: async () => (await import('../secrets/secrets.ts')).secrets,
};
