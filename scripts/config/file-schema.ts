import * as z from 'zod';
import { FILE_RULES } from './file-rules.ts';
import { section, value } from './schema-parts.ts';

const command = section({
  dump: value(FILE_RULES.command, 'Prints everything on its standard output.'),
  restore: value(FILE_RULES.command, 'Takes it on its standard input; without one Holdfast cannot restore it.'),
  check: value(FILE_RULES.command, 'Ends with code 0 when all is well after a restore.'),
});

const source = section({
  name: value(FILE_RULES.name, 'What it is called in sets; the last part of the path when missing.'),
  path: value(FILE_RULES.path, 'The folder or the file; relative to the folder of holdfast.yaml.'),
  exclude: value(
    FILE_RULES.exclude,
    'What is left out: names at any depth ("*.tmp"), paths with a slash ("cache/**").',
  ),
  command: command.optional(),
});

/** The folders, files and export commands that holdfast.yaml lists. */
export const fileSources = z
  .array(source, { error: 'a list of folders and files ("- path: ...")' })
  .optional()
  .meta({ description: 'Folders and files of this machine, and commands that export what a product keeps.' });
