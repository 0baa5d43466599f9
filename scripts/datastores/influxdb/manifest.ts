import { damaged } from '../archive/entry.ts';

/** A file of a portable backup, as its manifest names it. */
export interface BackupFile {
  readonly database: string;
  readonly policy: string;
  readonly shardID: number;
  readonly fileName: string;
  /** Bytes of the archive in it, before it was compressed. */
  readonly size: number;
}

/** The manifest that `influxd backup -portable` writes beside the files. */
export interface BackupManifest {
  readonly meta: { readonly fileName: string; readonly size: number };
  readonly files: readonly BackupFile[];
}

/** Reads a manifest. Throws Failure "damaged" for what is none, or names a file twice. */
export function parseManifest(text: string): BackupManifest {
  const { meta, files, limited } = parseJson(text) as Partial<Record<string, unknown>>;
  if (!isMeta(meta) || !(files === null || (Array.isArray(files) && files.every(isFile)))) {
    throw damaged('the manifest of the backup does not name its files');
  }
  // "limited" says that a time range was asked for, which we never do.
  if (limited === true) throw damaged('the backup holds a part of the time only');
  const names = (files ?? []).map(({ fileName }) => fileName);
  if (new Set(names).size < names.length) throw damaged('the manifest of the backup names a file twice');
  return { meta, files: files ?? [] };
}

function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw damaged('the manifest of the backup cannot be read');
}

function isMeta(value: unknown): value is BackupManifest['meta'] {
  const { fileName, size } = (value ?? {}) as Record<string, unknown>;
  return typeof fileName === 'string' && typeof size === 'number';
}

function isFile(value: unknown): value is BackupFile {
  const { database, policy, shardID, fileName, size } = (value ?? {}) as Record<string, unknown>;
  const hasNames = [database, policy, fileName].every((one) => typeof one === 'string');
  return hasNames && Number.isInteger(shardID) && Number.isSafeInteger(size);
}
