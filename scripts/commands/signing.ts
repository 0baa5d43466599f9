import { Failure } from '../common/failure.ts';
import { processEnvironment } from '../config/environment.ts';
import type { Sign, Trust } from '../sets/signature.ts';
import type { Workbench } from './workbench.ts';

/**
 * What signs the sets of a run; undefined where nothing does. It signs something at once, and is checked against the
 * allowed signers where there are some: a key that cannot sign, or that no restore would take, is told before the first
 * dump and not after the last. Throws Failure "settings" or "tool-missing".
 */
export async function readySigner(bench: Workbench): Promise<Sign | undefined> {
  const key = bench.config.signKey;
  if (key === undefined) return undefined;
  const { signWith, checkSignature } = await import('../sets/signature.ts');
  const trust = await trustOf(bench);
  const sign = signWith(trust?.host ?? (await thisMachine()), key);
  const sample = Buffer.from('holdfast');
  const signature = await sign(sample);
  const author = trust && (await checkSignature(sample, signature, trust));
  if (author?.problem === undefined) return sign;
  throw new Failure('settings', {
    message: `"${key}" signs sets that no restore with "${bench.config.allowedSigners}" would take`,
    detail: author.problem,
    hint: `add a line to it: NAME namespaces="holdfast-set" and the content of the key's .pub file`,
  });
}

/** Whose sets are taken; undefined: everybody's, because nobody is named or the person said so. */
export async function trustOf({ config }: Workbench, allowUnsigned = false): Promise<Trust | undefined> {
  if (config.allowedSigners === undefined || allowUnsigned) return undefined;
  return { allowedSigners: config.allowedSigners, host: await thisMachine() };
}

async function thisMachine() {
  const { hostEngine } = await import('../engines/host.ts');
  return hostEngine(processEnvironment());
}
