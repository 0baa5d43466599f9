import { Failure } from '../../common/failure.ts';
import type { Kind } from '../../common/kinds.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { ServerSettings } from '../../config/config.ts';
import { isKind, loadDatastore } from '../../datastores/index.ts';
import type { OpenedSet } from '../../sets/reader.ts';
import { type Choice, isChosen, sourceLabel } from '../choose.ts';
import { chooseSources, type RestoreItem } from '../restore/plan.ts';
import type { Workbench } from '../workbench.ts';
import type { SourceDrill } from './verdict.ts';

/** The sources of one server that was dumped, and where they are tried. */
export interface DrillGroup {
  readonly kind: Kind;
  /** The configured server that they came from. */
  readonly name: string;
  readonly items: readonly RestoreItem[];
  /** What their own throw-away server is started from; empty where none is needed (imageFrom "none"). */
  readonly image: string;
  /** Who chose the image, for people. */
  readonly imageFrom: 'flag' | 'settings' | 'set' | 'version' | 'none';
  /** The engine that the server was reached through when it was dumped. */
  readonly engine: string | undefined;
  /** The server of the settings to restore to instead. */
  readonly scratch: ServerSettings | undefined;
}

/** What is going to be tried. */
export interface DrillItems {
  readonly groups: readonly DrillGroup[];
  /** What this Holdfast does not know, and cannot try. */
  readonly unknown: readonly SourceDrill[];
}

/** By which names the sources of a set can be meant: "postgres/app", "postgres/main/app". */
export function namesIn({ sources, manifest }: OpenedSet): Set<string> {
  return new Set(
    sources.flatMap(({ kind, name }, at) => [
      `${kind}/${name}`,
      sourceLabel({ kind, name, server: manifest?.sources[at]?.server ?? 'default' }),
    ]),
  );
}

/** Images by kind, as the flags say: "postgres=NAME". */
export type Images = ReadonlyMap<string, string>;

/** Reads "--image postgres=NAME". Throws Failure "usage". */
export function parseImages(words: readonly string[]): Images {
  return new Map(
    words.map((word) => {
      const [, kind = '', image] = /^(\w+)=(\S+)$/.exec(word) ?? [];
      if (isKind(kind) && image !== undefined) return [kind, image];
      throw new Failure('usage', {
        message: `found --image "${word}", expected KIND=NAME`,
        hint: 'holdfast drill --image postgres=docker.io/library/postgres:18',
      });
    }),
  );
}

/** The sources that were asked for, by the server that they came from. Throws as `chooseSources`. */
export async function groupItems(
  set: OpenedSet,
  choice: Choice,
  images: Images,
  { config }: Workbench,
): Promise<DrillItems> {
  const known = set.sources.map(({ kind }) => isKind(kind));
  const manifest = set.manifest && { ...set.manifest, sources: set.manifest.sources.filter((_, at) => known[at]) };
  const sources = set.sources.filter((_, at) => known[at]);
  const items = sources.length > 0 ? chooseSources({ ...set, sources, manifest }, choice, new Map()) : [];
  const keys = [...new Set(items.map(({ source, server }) => `${source.kind}/${server}`))];
  const groups = keys.map(async (key): Promise<DrillGroup> => {
    const own = items.filter(({ source, server }) => `${source.kind}/${server}` === key);
    const { source, server } = own[0] as RestoreItem;
    const recorded = manifest?.sources.find((one) => one.kind === source.kind && one.server === server);
    const scratch = config.drill.servers.find(({ kind }) => kind === source.kind);
    const image = await chooseImage(source.kind, { images, config, recorded });
    return { kind: source.kind, name: server, items: own, ...image, engine: recorded?.engine, scratch };
  });
  return { groups: await Promise.all(groups), unknown: unknownSources(set, choice) };
}

interface ImageSources {
  readonly images: Images;
  readonly config: Workbench['config'];
  readonly recorded: { readonly image?: string; readonly serverVersion: string } | undefined;
}

async function chooseImage(
  kind: Kind,
  { images, config, recorded }: ImageSources,
): Promise<Pick<DrillGroup, 'image' | 'imageFrom'>> {
  const { throwaway } = await loadDatastore(kind);
  if (throwaway === undefined) return { image: '', imageFrom: 'none' };
  const given = images.get(kind);
  if (given !== undefined) return { image: given, imageFrom: 'flag' };
  const setting = config.drill.images[kind];
  if (setting !== undefined) return { image: setting, imageFrom: 'settings' };
  if (recorded?.image !== undefined) return { image: recorded.image, imageFrom: 'set' };
  return { image: throwaway.image(recorded?.serverVersion ?? ''), imageFrom: 'version' };
}

function unknownSources({ sources, manifest }: OpenedSet, choice: Choice): SourceDrill[] {
  return sources.flatMap(({ kind, name, artifacts }, at) => {
    const place = { kind, name, server: manifest?.sources[at]?.server ?? 'default' };
    if (isKind(kind) || !isChosen(choice, place)) return [];
    const reasons = [`this Holdfast does not know the kind "${kind}": use the one that made the set`];
    const bytes = totalBytes(artifacts);
    return [
      { label: sourceLabel(place), kind, name, verdict: 'UNVERIFIABLE', reasons, bytes, milliseconds: 0, checks: [] },
    ];
  });
}
