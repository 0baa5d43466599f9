/** The rclone of Debian, without installing it. */
import { existsSync } from 'node:fs';
import { unpackedDebs } from './debs.ts';

/** Why rclone cannot be had here; undefined when it can. */
export function whyNoRclone(): string | undefined {
  return existsSync('/usr/bin/apt-get') ? undefined : 'needs apt-get';
}

/** The path of the rclone program. It needs no libraries beside those of every Debian. */
export async function rcloneProgram(): Promise<string> {
  return (await unpackedDebs('rclone')).program('usr/bin/rclone');
}
