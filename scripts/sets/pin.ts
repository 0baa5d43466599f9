import { Failure } from '../common/failure.ts';
import { text } from '../common/rules.ts';
import type { Storage, StorageOptions } from '../storage/storage.ts';
import { decodeWithDigest, encodeWithDigest } from './digest.ts';
import { readObject } from './read-object.ts';

/** The format's name of a pin. */
const PIN_SCHEMA = 'holdfast-pin/v1';

/** `pin-2026-05-07T15-36-42-123Z.json`, `unpin-….json`: the time to the millisecond, so that names sort by time. */
const PIN_FILE = /^(un)?pin-(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d)-(\d{3}Z)\.json$/;

/** The label of a set that keeps what a restore is about to overwrite: only asked for by its name, never "latest". */
export const SAFETY_LABEL = 'pre-restore';

/** Labels of sets that are made right before something is done to the data: they pin for a time only. */
const TIMED_LABELS: ReadonlySet<string> = new Set([SAFETY_LABEL, 'pre-migration']);

/** For so many days, where no setting says. */
const TIMED_LABEL_DAYS = 30;

/**
 * The pin of a set that still holds: a set that something was about to be done after is of use for some days, every other
 * pin holds until a person ends it.
 */
export function pinThatHolds(
  { pin, time }: { readonly pin?: Pin | undefined; readonly time: Date },
  now: Date,
  labelDays: number = TIMED_LABEL_DAYS,
): Pin | undefined {
  if (pin?.by !== 'label' || !TIMED_LABELS.has(pin.why ?? '')) return pin;
  return now.getTime() - time.getTime() > labelDays * DAY ? undefined : pin;
}

const DAY = 24 * 60 * 60 * 1000;

/** Why a set is pinned. Whatever a file holds, only one line of it reaches a terminal. */
export const pinReason = text('a reason on one line');

/** What keeps a set from retention until a person takes it away. */
export interface Pin {
  /** "label": the set was made with one. "pin": `holdfast pin`. */
  readonly by: 'label' | 'pin';
  /** RFC 3339, UTC. */
  readonly since: string;
  /** The label, or the person's own words. */
  readonly why?: string;
}

/** A pin that is put on a set, or taken off, as it is stored beside the manifest, which is never changed. */
export interface PinNote {
  readonly set: string;
  readonly pinned: boolean;
  readonly why?: string | undefined;
  readonly host: string;
  readonly holdfastVersion: string;
}

/** What of a manifest decides about pins. */
interface PinnedManifest {
  readonly id: string;
  readonly createdAt: string;
  readonly label?: string | undefined;
}

interface PinFile {
  readonly path: string;
  readonly pinned: boolean;
  /** RFC 3339, UTC, with milliseconds: compares as text. */
  readonly at: string;
}

/** True when a path in a set is the name of a pin or of its removal. */
export function isPinFile(path: string): boolean {
  return parsePath(path).length > 0;
}

/**
 * The pin of a set, given the names of its pin files; without such files nothing is read. The newest counts, and a label
 * is the oldest. In doubt a set is pinned: a pin that cannot be read holds, a removal that cannot be read, or that names
 * another set, counts for nothing.
 */
export async function readPin(
  storage: Storage,
  manifest: PinnedManifest,
  paths: readonly string[],
  options: StorageOptions = {},
): Promise<Pin | undefined> {
  for (const file of newestFirst(paths)) {
    const note = await readNote(storage, manifest.id, file, options);
    const why = pinReason.read(note?.why);
    if (file.pinned) return { by: 'pin', since: file.at, ...(why !== undefined && { why }) };
    if (note !== undefined) return undefined;
  }
  const { createdAt: since, label } = manifest;
  return label ? { by: 'label', since, why: label } : undefined;
}

/**
 * Adds a pin, or the removal of one, to a published set and gives the name of the file. Its time is after that of every
 * other, so that it counts whatever the clock of the machine that wrote those says.
 */
export async function writePin(storage: Storage, note: PinNote, now: Date, options: StorageOptions = {}) {
  const objects = await storage.objects(note.set, options);
  const [newest] = newestFirst(objects.map(({ path }) => path.slice(note.set.length + 1)));
  const after = newest === undefined ? 0 : Date.parse(newest.at) + 1;
  const at = new Date(Math.max(now.getTime(), after)).toISOString();
  const path = `${note.pinned ? 'pin' : 'unpin'}-${at.replaceAll(/[:.]/g, '-')}.json`;
  await storage.add(note.set, path, encodeWithDigest({ schema: PIN_SCHEMA, ...note, at }), options);
  return path;
}

/** Of a pin and a removal of one moment the pin comes first: in doubt the set stays. */
function newestFirst(paths: readonly string[]): PinFile[] {
  const files = paths.flatMap(parsePath);
  return files.sort(
    (one, other) => Number(one.at < other.at) - Number(one.at > other.at) || Number(other.pinned) - Number(one.pinned),
  );
}

function parsePath(path: string): PinFile[] {
  const found = PIN_FILE.exec(path);
  if (found === null) return [];
  const [, removal, date, hour, minute, second, rest] = found;
  const at = `${date}${hour}:${minute}:${second}.${rest}`;
  return Number.isNaN(Date.parse(at)) ? [] : [{ path, pinned: removal === undefined, at }];
}

/** What a file says, or undefined when it says nothing about this set. */
async function readNote(storage: Storage, set: string, file: PinFile, options: StorageOptions) {
  try {
    const note = decodeWithDigest(await readObject(storage, set, file.path, options), file.path) as Partial<PinNote>;
    const { schema } = note as { schema?: unknown };
    return schema === PIN_SCHEMA && note.set === set && note.pinned === file.pinned ? note : undefined;
  } catch (error) {
    // Damaged or gone is an answer; a storage that does not answer is not.
    const code = error instanceof Failure ? error.code : 'internal';
    if (code === 'damaged' || code === 'not-found') return undefined;
    throw error;
  }
}
