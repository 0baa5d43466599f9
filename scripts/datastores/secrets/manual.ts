import { shellWord } from '../../common/shell-word.ts';
import type { ManualSource, ManualStep } from '../datastore.ts';
import { ARCHIVE, OUTSIDE } from './names.ts';

/** The stock commands for RESTORE.md: into a folder that nobody else can look into. */
export function manualRestore(source: ManualSource): ManualStep[] {
  const file = source.fileNames.find((name) => name.endsWith(ARCHIVE)) ?? `secrets/${ARCHIVE}`;
  return [
    {
      title: `Unpack env files, keys and certificates, as root where owners matter; then move what you need to its place ("${OUTSIDE}" holds what was outside of the project), and remove the folder.`,
      commands: [
        'mkdir -m 700 restored-secrets',
        'mkdir restored-secrets/all',
        `tar -xzpf ${shellWord(file)} -C restored-secrets/all`,
      ],
    },
  ];
}
