import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Failure, toFailure } from '../../common/failure.ts';
import { wordBytes, wordDuration } from '../../ui/units.ts';
import { type Destination, isRemote } from '../destinations.ts';
import type { Workbench } from '../workbench.ts';
import { findingOf } from './failing.ts';
import type { Check, DoctorRoom, Finding } from './finding.ts';

/** Larger than the smallest part of an upload in parts (5 MiB), so that rights for parts are tried as well. */
const PROBE_BYTES = 6 * 1024 * 1024;

/** A set of the year 1970 can be nobody's; the seconds make two doctors meet less often. */
const probeName = (): string => `1970-01-01T00-00-${String(Date.now() % 60).padStart(2, '0')}`;

const WHY = 'a backup could not be stored there, and none could be brought back';

/** Each storage: a set is reserved, written, read back, listed, broken off and removed, and the space is counted. */
export const checkStorages: Check = async (room) => {
  const found = await Promise.all(room.bench.destinations.map((destination) => checkStorage(destination, room)));
  return [...found.flat(), ...copies(room)];
};

async function checkStorage(destination: Destination, room: DoctorRoom): Promise<Finding[]> {
  const about = `storage ${destination.name}`;
  const began = Date.now();
  try {
    await roundTrip(destination, room.bench);
    const took = wordDuration(Date.now() - began);
    const what = `${destination.storage.location} takes, lists, gives back and removes (${wordBytes(PROBE_BYTES)} in ${took})`;
    return [{ level: 'ok', about, what }, ...(await advice(destination, room)), ...(await space(destination, room))];
  } catch (error) {
    room.bench.context.signal.throwIfAborted();
    return [privacy(about, toFailure(error))];
  }
}

async function roundTrip({ storage }: Destination, { context }: Workbench): Promise<void> {
  const { signal } = context;
  const set = probeName();
  const bytes = randomBytes(PROBE_BYTES);
  await storage.reserve(set, { signal });
  try {
    await storage.put(set, 'probe', Readable.from([bytes]), { signal, expectedBytes: bytes.length });
    await breakOff(storage, set, signal);
    const back = await buffer(await storage.get(set, 'probe', { signal, unfinished: true }));
    const found = await storage.objects(set, { signal, unfinished: true });
    if (!bytes.equals(back))
      throw new Failure('storage', { message: 'the bytes that came back are not those that were stored' });
    const listed = found.find(({ path }) => path === `${set}/probe`);
    if (listed?.bytes !== bytes.length) throw new Failure('storage', { message: 'what was stored is not listed' });
  } finally {
    await storage.remove(set, { signal, unfinished: true });
  }
}

/** An upload that ends in the middle must leave nothing behind that counts, or costs. */
async function breakOff(storage: Destination['storage'], set: string, signal: AbortSignal): Promise<void> {
  const end = new Error('broken off on purpose');
  async function* half() {
    yield randomBytes(PROBE_BYTES);
    throw end;
  }
  const outcome = await storage.put(set, 'broken', Readable.from(half()), { signal }).then(
    () => 'stored',
    () => 'refused',
  );
  if (outcome === 'stored')
    throw new Failure('storage', { message: 'an upload that broke off was stored as if it were whole' });
}

async function advice({ name, storage }: Destination, { bench }: DoctorRoom): Promise<Finding[]> {
  const found = (await storage.advise?.({ signal: bench.context.signal })) ?? [];
  return found.map((one): Finding => ({ level: 'warning', about: `settings of ${name}`, ...one }));
}

/** macOS answers EPERM, not EACCES, where its privacy settings keep a program from a folder (pitfalls f5). */
function privacy(about: string, failure: Failure): Finding {
  const finding = findingOf(about, failure, WHY);
  const words = `${failure.message} ${failure.detail ?? ''}`;
  if (!/EPERM|operation not permitted/i.test(words)) return finding;
  return {
    ...finding,
    mend:
      process.platform === 'darwin'
        ? 'allow it in System Settings, Privacy & Security, Full Disk Access, for the program that runs Holdfast; or set BACKUP_LOCAL_DIR to a folder outside Documents, Desktop and Downloads'
        : 'the folder is protected against changes (lsattr, mount options, a sandbox): set BACKUP_LOCAL_DIR to another one',
  };
}

async function space({ name, storage }: Destination, { overview }: DoctorRoom): Promise<Finding[]> {
  const free = await storage.freeBytes();
  const last = overview.destinations.find((fact) => fact.name === name)?.newestGood?.bytes;
  if (free === undefined || last === undefined) return [];
  const about = `space in ${name}`;
  const what = `${wordBytes(free)} free, the last set has ${wordBytes(last)}`;
  if (free > 3 * last) return [{ level: 'ok', about, what }];
  const mend =
    'free some space, or set BACKUP_LOCAL_DIR to a larger disk; holdfast prune --dry-run shows which sets could go';
  const level = free > last ? 'warning' : 'problem';
  return [
    { level, about, what, why: 'the next set is about as large as the last one, and old sets go only after it', mend },
  ];
}

/** Three copies, on two kinds of storage, one of them elsewhere: the data itself is the first copy. */
function copies({ bench }: DoctorRoom): Finding[] {
  const about = '3-2-1';
  const remote = bench.destinations.filter(({ storage }) => isRemote(storage)).length;
  const all = bench.destinations.length;
  if (all >= 2 && remote >= 1)
    return [{ level: 'ok', about, what: `sets go to ${all} storages, ${remote} of them elsewhere` }];
  const what = remote === 0 ? 'all sets lie on this machine' : 'sets go to one storage only';
  const why =
    remote === 0
      ? 'whatever takes the data (fire, theft, a wrong command) takes the backups as well'
      : 'three copies in two places are the rule: the data, a set near it, and a set elsewhere';
  return [
    {
      level: 'warning',
      about,
      what,
      why,
      mend: 'name a second storage: BACKUP_STORAGE=local,s3 (docs/environment-variables.md)',
    },
  ];
}
