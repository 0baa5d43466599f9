import type { SettingsFile } from './file-settings.ts';
import type { Found } from './values.ts';

/** A value of holdfast.yaml, and where it stands; undefined when it is not there. */
export function foundIn<T>(
  file: SettingsFile | undefined,
  keys: readonly PropertyKey[],
  value: T | undefined,
): Found<NonNullable<T>> | undefined {
  return file === undefined || value === undefined || value === null
    ? undefined
    : { value, place: file.file.placeOf(keys) };
}
