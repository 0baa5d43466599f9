import { shellWord } from '../../common/shell-word.ts';
import type { ManualSource, ManualStep } from '../datastore.ts';
import { archiveName, exportName } from './recognize.ts';

/** The stock commands for RESTORE.md: into a folder of its own in the current one, from where it is moved to its place. */
export function manualRestore(source: ManualSource): ManualStep[] {
  const { name, fileNames, facts } = source;
  const { form, path, restore } = facts.details;
  const file = (wanted: string): string => fileNames.find((each) => each.endsWith(wanted)) ?? `files/${wanted}`;
  if (form === 'command') {
    const commands = [`gunzip -c ${shellWord(file(exportName(name)))} > ${shellWord(`restored-${name}.export`)}`];
    const how = typeof restore === 'string' ? `The product takes it by: ${restore}` : 'Give it to the product.';
    return [{ title: `Unpack what the product exported. ${how}`, commands }];
  }
  const folder = shellWord(`restored-${name}`);
  return [
    {
      title: `Unpack "${name}" (it was ${String(path)}), as root where owners matter; then move it to its place.`,
      commands: [`mkdir ${folder}`, `tar -xzpf ${shellWord(file(archiveName(name)))} -C ${folder}`],
    },
  ];
}
