import { Failure } from '../../common/failure.ts';
import { isKind } from '../../datastores/index.ts';
import type { Connected } from '../servers.ts';
import { shortLabel } from '../words.ts';
import type { Journal, JournalSource } from './journal.ts';
import type { RestoreItem } from './plan.ts';
import type { SafeSource } from './safety.ts';

/** Enough of an item to find its server by. */
export function itemOf({ kind, label, server, at, target }: JournalSource): RestoreItem[] {
  if (!isKind(kind)) return [];
  const source = { kind, name: target, facts: undefined, serverVersion: undefined, artifacts: [] };
  return [{ source, server, at, target, label, bytes: 0 }];
}

/** The server that was restored to; its container may be of a later image now. Throws Failure "not-found". */
export function serverOf({ label, place }: JournalSource, servers: readonly Connected[]): Connected {
  const found = servers.find(({ address }) => isPlace(place, address));
  if (found !== undefined) return found;
  throw new Failure('not-found', {
    message: `the server that was restored to is not there: ${place}`,
    source: label,
    step: 'connect',
    detail: `found ${servers.map(({ address }) => address.label).join(', ') || 'none'}`,
    hint: 'start it, then the same command again',
  });
}

/** The set with the data of before. Throws Failure "not-found". */
export function safetySetOf({ safetySet }: Journal): string {
  if (safetySet !== undefined) return safetySet;
  throw new Failure('not-found', {
    message: 'the old data was overwritten without a safety backup: there is nothing to bring back',
    stands: 'nothing was changed',
    hint: 'restore an older set: holdfast list',
  });
}

/** A source of a restore and the server that it was restored to. */
export interface Place {
  readonly source: JournalSource;
  readonly to: Connected;
}

/** True for a source that was restored over what was there, or where nothing was. */
export function isOverWritten({ exchange, way }: JournalSource): boolean {
  return exchange === undefined && way !== 'roles';
}

/** True for a source that was restored where nothing was, and of which no generation can be made. */
export function isMade(source: JournalSource): boolean {
  return isOverWritten(source) && !source.existed && source.standing !== 'old';
}

/** Throws Failure "not-found" when a restore made something where nothing was, and did nothing else. */
export function requireSomethingOld(changed: readonly Place[]): void {
  const [first] = changed;
  if (first === undefined || !changed.every(({ source }) => isMade(source))) return;
  throw new Failure('not-found', {
    message: `"${first.source.target}" was not there before the restore: nothing old is to be brought back`,
    stands: 'nothing was changed',
    hint: 'remove it by the means of its server, or undo an earlier restore by its time stamp',
  });
}

/** What the safety set is asked for. */
export function safeSource({ source: { label, target }, to }: Place): SafeSource {
  return { label, to, target };
}

/** True for the place that a journal names. */
export function isPlace(place: string, { label }: Connected['address']): boolean {
  return shortLabel(place) === shortLabel(label);
}
