import { encodeFileName } from '../../common/file-name.ts';

/** The artifact of a folder or a file. */
export function archiveName(source: string): string {
  return `${encodeFileName(source)}.tar.gz`;
}

/** The artifact of an export command. */
export function exportName(source: string): string {
  return `${encodeFileName(source)}.export.gz`;
}
