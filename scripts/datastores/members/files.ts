import type { KindMember } from '../kind.ts';

/** Folders and files of this machine, and what the commands of a product export. */
export const member: KindMember = {
  place: 40,
  words: { object: 'folder', row: 'file', whole: 'folder', exchange: 'by renames' },
  // Archives of scripts hold what no reader of ours checked: without a manifest they are nobody's source.
  sourceOfFile: () => undefined,
  load: async () => (await import('../files/files.ts')).files,
};
