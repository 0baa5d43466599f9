import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds; throws after so many milliseconds. */
export async function waitFor(holds: () => Promise<boolean>, milliseconds: number, what: string): Promise<void> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(250)) {
    if (await holds()) return;
  }
  throw new Error(`${what}: waited ${milliseconds / 1000} s in vain`);
}
