import { Failure } from '../common/failure.ts';
import type { EngineName } from './engine.ts';

/** The parts of what "inspect" prints that tell what a container shares; docker and podman print the same. */
interface Container {
  readonly Id?: string;
  readonly Name?: string;
  readonly Mounts?: readonly Mount[] | null;
  readonly HostConfig?: Readonly<Record<string, unknown>>;
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, unknown>> | null };
}

interface Mount {
  readonly Type?: string;
  readonly Name?: string;
  readonly Source?: string;
  readonly Destination?: string;
}

/** Name spaces of the machine, or of another container. */
const SHARED = /^(host|container:|ns:)/;

/**
 * Throws Failure "refused" when a container shares anything with this machine or with another container, whatever
 * settings of the engine brought that about. `text` is what "inspect" says of all containers.
 */
export function requireAlone(engine: EngineName, name: string, text: string): void {
  const all = parse(engine, text);
  // docker puts a slash before the name
  const container = all.find((one) => one.Name?.replace(/^\//, '') === name);
  if (container?.HostConfig === undefined || container.Id === undefined) throw unknown(engine);
  const found = sharedBy(container, all);
  if (found === undefined) return;
  throw new Failure('refused', {
    message: `the throw-away server is not alone: ${found}`,
    stands: 'it was removed, and nothing was restored into it',
    hint: `see what the settings of ${engine} give to every container`,
  });
}

function sharedBy(container: Container, all: readonly Container[]): string | undefined {
  return networkOf(container) ?? nameSpaceOf(container) ?? mountOf(container, all);
}

function networkOf({ HostConfig = {}, NetworkSettings }: Container): string | undefined {
  const mode = String(HostConfig.NetworkMode);
  if (mode !== 'none') return `found the network "${mode}", expected none`;
  const other = Object.keys(NetworkSettings?.Networks ?? {}).find((name) => name !== 'none');
  return other === undefined ? undefined : `found the network "${other}", expected none`;
}

function nameSpaceOf({ HostConfig = {} }: Container): string | undefined {
  if (HostConfig.Privileged === true) return 'it runs with all privileges';
  const name = ['PidMode', 'IpcMode', 'UTSMode'].find((key) => SHARED.test(String(HostConfig[key] ?? '')));
  if (name !== undefined) return `${name} is "${HostConfig[name]}"`;
  const from = HostConfig.VolumesFrom;
  return Array.isArray(from) && from.length > 0 ? `it has the volumes of "${from[0]}"` : undefined;
}

/** Only volumes without a name, which the engine made for it, and no other container has. */
function mountOf({ Id, Mounts }: Container, all: readonly Container[]): string | undefined {
  const taken = new Set(
    all.filter((other) => other.Id !== Id).flatMap(({ Mounts: theirs }) => (theirs ?? []).map(nameOf)),
  );
  for (const mount of Mounts ?? []) {
    const { Type, Source, Destination } = mount;
    if (Type === 'tmpfs') continue;
    if (Type !== 'volume') return `"${Source}" of this machine is its "${Destination}"`;
    if (!/^[0-9a-f]{64}$/.test(mount.Name ?? '')) return `the volume "${mount.Name}" is its "${Destination}"`;
    if (taken.has(mount.Name)) return `another container has its volume "${mount.Name}"`;
  }
  return undefined;
}

function nameOf({ Name }: Mount): string | undefined {
  return Name;
}

function parse(engine: EngineName, text: string): readonly Container[] {
  try {
    const found: unknown = JSON.parse(text);
    if (Array.isArray(found)) return found as Container[];
  } catch {
    // The parser's message quotes the text, and that may hold secrets.
  }
  throw unknown(engine);
}

function unknown(engine: EngineName): Failure {
  return new Failure('version', { message: `"${engine} inspect" answers in an unknown form` });
}
