import { safeSetName } from '../safe-path.ts';
import { UNFINISHED_SUFFIX } from '../storage.ts';

/** The end of the folder that hides a set whose removal has begun. */
export const REMOVING_SUFFIX = '.removing';

/** The object that makes a set visible; it is kept back until the set is published. */
export const MANIFEST = 'manifest.json';

/** Ends the name of everything in the marker folder that reserves a set. */
const RESERVATION = 'reservation';

/** A set begins with its date; only below such names are unfinished uploads ended, for a bucket may hold other things. */
const DATED = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}(-\d{2})?$/;

/**
 * Where the parts of a set lie. Artifacts go straight to their final keys, for no store renames a folder at once; a
 * marker beside them says that they are not a set yet, or no longer.
 */
export interface SetKeys {
  /** Ends in "/": artifacts, and the manifest once the set is published. */
  readonly folder: string;
  readonly manifest: string;
  /** Ends in "/": what lies here marks the set as unfinished. */
  readonly partial: string;
  readonly reservation: string;
  /** The manifest until it is published. */
  readonly heldManifest: string;
  /** Written again and again while a long upload runs, so that nobody takes the set for abandoned. */
  readonly alive: string;
  /** Ends in "/": below it, the path of every object whose upload has begun. */
  readonly uploading: string;
  /** Ends in "/": what lies here marks the set as being removed. */
  readonly removing: string;
  readonly removal: string;
}

/** The keys of a set; throws Failure "storage" when the name cannot be one of a set. */
export function setKeys(set: string): SetKeys {
  const folder = `${safeSetName(set)}/`;
  const partial = `${set}${UNFINISHED_SUFFIX}/`;
  const removing = `${set}${REMOVING_SUFFIX}/`;
  return {
    folder,
    manifest: `${folder}${MANIFEST}`,
    partial,
    reservation: `${partial}${RESERVATION}`,
    heldManifest: `${partial}${MANIFEST}`,
    alive: `${partial}alive`,
    uploading: `${partial}uploading/`,
    removing,
    removal: `${removing}removal`,
  };
}

/** The set that a key belongs to, when its first part is a dated name. */
export function datedSetOf(key: string): string | undefined {
  const [first = ''] = key.split('/');
  return DATED.test(first) ? first : undefined;
}

/** Is it one of the objects by which a writer holds a set? With a name of its own where nobody can be kept out. */
export function isReservation(keys: SetKeys, key: string): boolean {
  return key === keys.reservation || key.startsWith(`${keys.reservation}-`);
}
