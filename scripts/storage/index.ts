import { join } from 'node:path';
import { loadMemberFile, memberWords } from '../common/member-files.ts';
import type { StorageMember, StorageSurroundings } from './member.ts';
import type { Storage } from './storage.ts';
import type { IdleLimits } from './wrappers/idle.ts';

const MEMBERS = join(import.meta.dirname, 'members');

/** The words that BACKUP_STORAGE takes: the names of the files in `members/`, sorted. */
export function storageKinds(): string[] {
  return memberWords(MEMBERS);
}

/** A member by its word; undefined when there is none. Nothing heavy is loaded. */
export function loadMember(kind: string): Promise<StorageMember | undefined> {
  return loadMemberFile<StorageMember>(MEMBERS, kind);
}

/** What settings say of one place for sets, checked. */
export interface StorageChoice {
  /** What the person calls it: the word of BACKUP_STORAGE, or a name of holdfast.yaml. */
  readonly name: string;
  /** The word of its member. */
  readonly kind: string;
  /** By the names of the member's settings. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** How a storage is opened. */
export interface OpenOptions extends Omit<StorageSurroundings, 'name'> {
  /** Bytes a second that storages beyond this machine take and give at most. */
  readonly bandwidth?: number | undefined;
}

/**
 * How long a storage beyond this machine may be silent: a net below the members, which notice silence sooner and know
 * what to do about it. So it must outlast the longest patience of any of them, which a test compares: S3 gives up a
 * question after 8 minutes of silence at most, and a part of an upload, which cannot be had a second time, after 20.
 * Meanwhile, and while the largest parts go through a thin line, no byte of the source is taken.
 */
export const IDLE_LIMITS: IdleLimits = { answer: 10 * 60 * 1000, bytes: 30 * 60 * 1000 };

/** Opens the storage of a choice. Nothing is created or connected yet. Throws Failure "settings". */
export async function openStorage(
  { name, kind, settings }: StorageChoice,
  { bandwidth, ...surroundings }: OpenOptions,
): Promise<Storage> {
  const member = await loadMember(kind);
  if (member === undefined) throw new Error(`no storage "${kind}"`);
  // The settings were read by the rules of this very member.
  const storage = await member.open(settings as never, { name, ...surroundings });
  if (member.wrap === 'nothing') return storage;
  const { withIdleLimit } = await import('./wrappers/idle.ts');
  const limited = withIdleLimit(storage, IDLE_LIMITS);
  const patient = member.wrap === 'idle limit' ? limited : (await import('./wrappers/retry.ts')).withRetry(limited);
  if (bandwidth === undefined) return patient;
  return (await import('./wrappers/bandwidth.ts')).withBandwidth(patient, bandwidth);
}
