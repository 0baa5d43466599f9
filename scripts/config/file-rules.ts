import { names, plainName, text } from '../common/rules.ts';

/** The rules of folders, files and export commands. */
export const FILE_RULES = {
  paths: names('folders and files with commas between them'),
  name: plainName('a name'),
  path: text('a folder or a file'),
  exclude: names('patterns with commas between them'),
  command: text('a command for sh'),
} as const;
