import { Failure } from '../../common/failure.ts';
import { encodeWithDigest, sha256 } from '../../sets/digest.ts';
import { GUIDE_FILE, IDENTITY_FILE, type Manifest } from '../../sets/manifest.ts';
import { authorOf } from '../../sets/signature.ts';
import { guideWriter } from '../backup/guide.ts';
import { type Choice, isChosen, sourceLabel } from '../choose.ts';
import { readySigner } from '../signing.ts';
import type { Workbench } from '../workbench.ts';
import { type BundleContent, type ManifestedSet, wholeSet } from './write-bundle.ts';

/**
 * What goes into a bundle. For some sources only the manifest is made anew: it names what was left out, and is signed
 * again where this machine signs sets; the signature of the whole set says nothing of a part. Throws Failure "not-found"
 * for a source that the set has not, "damaged" for a set that would be signed and is signed by nobody who may.
 */
export async function chooseParts(set: ManifestedSet, choice: Choice, bench: Workbench): Promise<BundleContent> {
  const { manifest } = set;
  const chosen = manifest.sources.filter((source) => isChosen(choice, source));
  requireThere(set, choice, chosen);
  if (chosen.length === manifest.sources.length) return await wholeSet(set, bench);
  const sign = await readySigner(bench);
  if (sign !== undefined && set.trust !== undefined) {
    const { problem } = await authorOf(set, set.trust, bench.context.signal);
    if (problem !== undefined)
      throw new Failure('damaged', { message: `a part of the set cannot be signed: ${problem}` });
  }
  const { made, part } = await partOf(manifest, chosen, sign !== undefined);
  const manifestBytes = encodeWithDigest(part);
  return { manifest: part, manifestBytes, signature: await sign?.(manifestBytes), made };
}

async function partOf(manifest: Manifest, chosen: Manifest['sources'], signed: boolean) {
  const left = manifest.sources.filter((source) => !chosen.includes(source));
  const absent = left.map(({ kind, name, server }) => ({
    kind,
    name,
    server,
    reason: 'left out when it was exported',
  }));
  const { digest: _digest, extras, ...facts } = manifest as Manifest & { digest?: string };
  const draft = { ...facts, sources: chosen, skipped: [...manifest.skipped, ...absent] };
  const ownIdentity = extras.some(({ path }) => path === IDENTITY_FILE);
  const guide = Buffer.from((await guideWriter(draft, { signed, ownIdentity }))(draft));
  const others = extras.filter(({ path }) => path !== GUIDE_FILE);
  const part: Manifest = {
    ...draft,
    extras: [...others, { path: GUIDE_FILE, bytes: guide.length, sha256: sha256(guide) }],
  };
  return { part, made: new Map([[GUIDE_FILE, guide]]) };
}

function requireThere({ name, manifest }: ManifestedSet, choice: Choice, chosen: Manifest['sources']): void {
  const labels = manifest.sources.map(sourceLabel);
  for (const wanted of choice.sources) {
    if (chosen.some((source) => [sourceLabel(source), `${source.kind}/${source.name}`].includes(wanted))) continue;
    throw new Failure('not-found', {
      message: `the set "${name}" has no source "${wanted}"; it holds ${labels.join(', ')}`,
    });
  }
  if (chosen.length === 0) {
    throw new Failure('not-found', {
      message: `the set "${name}" holds nothing of what was asked for; it holds ${labels.join(', ')}`,
    });
  }
}
