import type { Failure } from '../common/failure.ts';
import type { Secret } from '../common/secret.ts';
import type { Command } from '../engines/engine.ts';
import type { ServerAddress } from './address.ts';

/** How a server of our own is started from an image, for a drill. */
export interface ThrowawayRecipe {
  /** The image to take when nothing tells another: the usual one of a version such as "18.1". */
  image(serverVersion: string): string;
  /** The names that known images make their first user from. */
  environment(password: Secret): Readonly<Record<string, string | Secret>>;
  /** Instead of the image's own command: safe to lose, and quick. Undefined: that command is not known, and stays. */
  argv(command: readonly string[]): readonly string[] | undefined;
  /** Ends with code 0 once the server itself listens, not one that only runs while an image prepares itself. */
  readonly ready: Command;
  /** How to log in there. */
  address(password: Secret): Pick<ServerAddress, 'host' | 'user' | 'password'>;
  /** True when a failure is due to the image and not to the set: a library that it lacks, a locale. */
  isOfPlace(failure: Failure): boolean;
}
