import { mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent } from '../common/context.ts';
import { Failure, toFailure } from '../common/failure.ts';
import { ownIdentity, type ProcessIdentity, processState } from '../common/process-identity.ts';
import {
  beat,
  currentOwner,
  type FoundLock,
  heirName,
  LOCK_FILE,
  type LockOwner,
  newOwner,
  type PreparedFile,
  prepareFile,
  readLock,
  removeFile,
  replaceLock,
  sweepLockFiles,
  takeName,
} from './lock-file.ts';

/** How often a holder says that it lives, and how long silence means death where nothing else tells; milliseconds. */
const BEAT = 10_000;
const SILENCE = 5 * 60_000;

/**
 * A machine that was started again took longer than this, three beats, to come back. Two machines of one name that
 * share a folder differ in their boot id as well, but the other one still beats.
 */
const RESTART = 30_000;

/** A lock that we hold. */
export interface Lock {
  readonly owner: LockOwner;
  /** Reads the lock again; throws Failure "lock-lost" when it is not ours any more. Call it before every step that publishes or removes. */
  readonly stillMine: () => Promise<void>;
  /** Gives the lock back if it is still ours. Idempotent. */
  readonly release: () => Promise<void>;
}

/** Options of {@link acquireLock}. */
export interface LockOptions {
  /** Shown to others who find the lock: "backup", "prune". */
  readonly command: string;
  readonly report: (event: RunEvent) => void;
}

/**
 * Takes the lock of a backup folder (made when missing). A lock of a process that is gone heals itself, with a note.
 * Throws Failure "locked" that tells who holds it. Of several who find a stale lock exactly one gets it: the dead
 * owner's id names a file that only one heir can create, and only the heir may replace the lock.
 */
export async function acquireLock(folder: string, { command, report }: LockOptions): Promise<Lock> {
  const owner = newOwner(await ownIdentity(), command);
  const prepared = await prepare(folder, owner);
  try {
    const stale = await take({ folder, owner, prepared });
    if (stale !== undefined) report({ kind: 'note', message: `took over a stale lock: ${describe(stale)}` });
  } finally {
    await prepared.handle.close();
    await removeFile(prepared.path);
  }
  await sweepLockFiles(folder, SILENCE);
  return await hold(folder, owner, report);
}

/** The first write to the folder: says so when nothing can be written there. */
async function prepare(folder: string, owner: LockOwner): Promise<PreparedFile> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await prepareFile(folder, owner);
  } catch (error) {
    const { code, message: detail } = toFailure(error);
    throw new Failure(code === 'internal' ? 'storage' : code, {
      message: `${code === 'no-space' ? 'the disk is full: ' : ''}cannot write to the backup folder "${folder}"`,
      detail,
      step: 'lock',
      hint: code === 'no-space' ? undefined : 'check owner, rights and mount of the folder, or set BACKUP_LOCAL_DIR',
      cause: error,
    });
  }
}

interface Candidate {
  readonly folder: string;
  readonly owner: LockOwner;
  readonly prepared: PreparedFile;
}

/** Gives the stale lock that was replaced, or undefined when there was none. */
async function take(candidate: Candidate): Promise<FoundLock | undefined> {
  const { folder, prepared } = candidate;
  for (;;) {
    if (await takeName(prepared, folder, LOCK_FILE)) return undefined;
    const found = await readLock(folder, LOCK_FILE, prepared.handle);
    if (found === undefined) continue;
    await refuseLive(candidate, found);
    if (await inherit(candidate, found)) return found;
  }
}

/** Tries to be the one heir of a stale lock. False: somebody else changed something, look again. */
async function inherit({ folder, owner, prepared }: Candidate, stale: FoundLock): Promise<boolean> {
  const names = [heirName(stale.id)];
  for (let name = heirName(stale.id); !(await takeName(prepared, folder, name)); names.push(name)) {
    const heir = await readLock(folder, name, prepared.handle);
    if (heir === undefined) return false;
    // An heir that died before it was done has an heir of its own.
    await refuseLive({ folder, owner }, heir);
    name = heirName(heir.id);
  }
  const now = await readLock(folder, LOCK_FILE, prepared.handle);
  const unchanged = now?.id === stale.id;
  if (unchanged) await replaceLock(prepared, folder);
  // Ours is the last one; those before it belong to the dead, and go only when the lock is no longer theirs to inherit.
  for (const name of unchanged ? names : names.slice(-1)) await removeFile(join(folder, name));
  return unchanged;
}

async function refuseLive({ folder, owner }: Pick<Candidate, 'folder' | 'owner'>, found: FoundLock): Promise<void> {
  if (await isStale(found, owner)) return;
  const here = found.owner?.host === owner.host ? `: kill ${found.owner.pid}` : '';
  const hint = `wait for the other run, or end it${here}`;
  throw new Failure('locked', { message: `"${folder}" is locked: ${describe(found)}`, step: 'lock', hint });
}

/** The lock that lies in a folder, for telling about it; undefined when there is none. Its age is by our own clock. */
export async function findLock(folder: string): Promise<FoundLock | undefined> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([currentOwner(folder), stat(join(folder, LOCK_FILE))]);
    return { id: owner?.owner ?? 'unreadable', owner, age: Math.max(0, Date.now() - mtimeMs) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Is the holder of this lock gone for certain? `own` is who asks. */
export async function isStale({ owner, age }: FoundLock, own: ProcessIdentity): Promise<boolean> {
  if (owner === undefined) return age > SILENCE;
  const sameBoot = owner.bootId !== '' && owner.bootId === own.bootId;
  if (sameBoot && owner.pidSpace !== '' && owner.pidSpace === own.pidSpace) {
    const state = await processState(owner.pid, owner.processStart);
    if (state !== 'unknown') return state === 'gone';
  }
  const restarted = owner.host === own.host && owner.bootId !== '' && own.bootId !== '' && !sameBoot;
  return age > (restarted ? RESTART : SILENCE);
}

function describe({ owner, age }: FoundLock): string {
  const silence = `last heartbeat ${Math.max(0, Math.round(age / 1000))} s ago`;
  if (owner === undefined) return `its lock file cannot be read, ${silence}`;
  const { command, pid, host, startedAt } = owner;
  return `"${command}", process ${pid} on host "${host}", since ${startedAt}, ${silence}`;
}

async function hold(folder: string, owner: LockOwner, report: (event: RunEvent) => void): Promise<Lock> {
  const handle = await open(join(folder, LOCK_FILE), 'r+');
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beating = beating
      .then(() => beat(handle, owner))
      .catch((error: Error) => {
        report({ kind: 'warning', message: `cannot write the heartbeat of the lock: ${error.message}` });
      });
  }, BEAT);
  timer.unref();
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    clearInterval(timer);
    await beating;
    await handle.close();
    if ((await currentOwner(folder))?.owner === owner.owner) await removeFile(join(folder, LOCK_FILE));
  };
  return {
    owner,
    stillMine: () => stillMine(folder, owner),
    release: () => {
      released ??= release();
      return released;
    },
  };
}

async function stillMine(folder: string, owner: LockOwner): Promise<void> {
  const found = await currentOwner(folder);
  if (found?.owner === owner.owner) return;
  const now = found === undefined ? 'nobody' : `"${found.command}", process ${found.pid} on host "${found.host}"`;
  throw new Failure('lock-lost', {
    message: `the lock of "${folder}" is held by ${now}, expected by this run`,
    step: 'lock',
  });
}
