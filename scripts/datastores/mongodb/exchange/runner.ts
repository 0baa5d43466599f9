import { randomUUID } from 'node:crypto';
import { ownIdentity, processState } from '../../../common/process-identity.ts';
import type { Runner } from '../generations/about.ts';

/** After so many milliseconds a process that exchanges ends, whatever it does. */
export const HARD_END = 60_000;

/** This process, as one that exchanges. */
export async function ownRunner(): Promise<Runner> {
  return { ...(await ownIdentity()), id: randomUUID(), until: Date.now() + HARD_END };
}

/** True when a process that recorded an exchange is certainly not at it any more. */
export async function hasEnded(runner: Runner, own: Runner): Promise<boolean> {
  if (Date.now() > runner.until) return true;
  if (runner.host !== own.host) return false;
  if (runner.bootId !== own.bootId) return true;
  return runner.pidSpace === own.pidSpace && (await processState(runner.pid, runner.processStart)) === 'gone';
}
