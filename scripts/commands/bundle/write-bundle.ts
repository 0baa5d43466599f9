import { Readable } from 'node:stream';
import { totalBytes } from '../../common/total-bytes.ts';
import { type BundlePart, packBundle } from '../../sets/bundle/pack.ts';
import { checkedStream } from '../../sets/checked-stream.ts';
import { MANIFEST_FILE, type Manifest, SIGNATURE_FILE } from '../../sets/manifest.ts';
import { readObject } from '../../sets/read-object.ts';
import type { OpenedSet } from '../../sets/reader.ts';
import type { Workbench } from '../workbench.ts';
import type { Target } from './output.ts';

/** A set that was opened and has a manifest. */
export interface ManifestedSet extends OpenedSet {
  readonly manifest: Manifest;
}

/** What goes into a bundle beside the artifacts that its manifest names. */
export interface BundleContent {
  readonly manifest: Manifest;
  readonly manifestBytes: Buffer;
  readonly signature: Buffer | undefined;
  /** Files whose bytes are not those of the storage, by path. */
  readonly made: ReadonlyMap<string, Buffer>;
}

/** What was written. */
export interface WrittenBundle {
  /** The path, or "-". */
  readonly file: string;
  readonly bytes: number;
  readonly milliseconds: number;
}

/** The whole set as it lies in its storage, the manifest's very bytes. */
export async function wholeSet(set: ManifestedSet, { context: { signal } }: Workbench): Promise<BundleContent> {
  const manifestBytes = await readObject(set.storage, set.name, MANIFEST_FILE, { signal });
  const isSigned = set.objects.some(({ path }) => path === `${set.name}/${SIGNATURE_FILE}`);
  const signature = isSigned ? await readObject(set.storage, set.name, SIGNATURE_FILE, { signal }) : undefined;
  return { manifest: set.manifest, manifestBytes, signature, made: new Map() };
}

/** Writes a bundle: the manifest first, every other byte compared with it on its way. Whole or nothing. */
export async function writeBundle(
  set: ManifestedSet,
  content: BundleContent,
  target: Target,
  { context }: Workbench,
): Promise<WrittenBundle> {
  const began = Date.now();
  const parts = partsOf(set, content, context.signal);
  const source = target.path;
  context.report({ kind: 'step', source, step: 'export', expectedBytes: totalBytes(parts) });
  const bytes = await target.write(
    packBundle(parts, { signal: context.signal, compress: isWorthIt(content.manifest) }),
    context,
  );
  context.report({ kind: 'done', source, bytes });
  return { file: target.path, bytes, milliseconds: Date.now() - began };
}

function partsOf({ storage, name }: ManifestedSet, content: BundleContent, signal: AbortSignal): BundlePart[] {
  const { manifest, manifestBytes, signature, made } = content;
  const ready = (path: string, bytes: Buffer): BundlePart => ({
    path,
    bytes: bytes.length,
    open: async () => Readable.from([bytes]),
  });
  const stored = (file: { path: string; bytes: number; sha256: string }): BundlePart => {
    const bytes = made.get(file.path);
    if (bytes !== undefined) return ready(file.path, bytes);
    const open = async () => checkedStream(file, await storage.get(name, file.path, { signal }));
    return { path: file.path, bytes: file.bytes, open };
  };
  return [
    ready(MANIFEST_FILE, manifestBytes),
    ...manifest.extras.map(stored),
    ...(signature === undefined ? [] : [ready(SIGNATURE_FILE, signature)]),
    ...manifest.sources.flatMap(({ artifacts }) => artifacts).map(stored),
  ];
}

/** Dumps are compressed by the tools that make them; where a tenth of the set is not, packing it gains something. */
function isWorthIt({ sources }: Manifest): boolean {
  const files = sources.flatMap(({ artifacts }) => artifacts);
  const plain = files.filter(({ compression, encryption }) => compression.endsWith('none') && encryption === 'none');
  return totalBytes(plain) * 10 > totalBytes(files);
}
