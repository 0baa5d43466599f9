import { hostname } from 'node:os';
import type { Proof } from '../sets/manifest.ts';
import type { Workbench } from './workbench.ts';

/** A proof of this moment, by this machine and this Holdfast. */
export function proofBy(
  { version }: Workbench,
  facts: Pick<Proof, 'set' | 'level' | 'manifestSha256' | 'sources'>,
): Omit<Proof, 'schema'> {
  return { ...facts, provenAt: new Date().toISOString(), host: hostname(), holdfastVersion: version };
}
