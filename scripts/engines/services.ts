import { Failure } from '../common/failure.ts';
import type { EngineName, Service, ServiceDetails, ServicePort } from './engine.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads what "inspect" prints of containers; docker and podman print the same. Throws Failure "version" otherwise. */
export function parseInspect(name: EngineName, text: string): ServiceDetails[] {
  const shape = new Shape(name);
  return shape
    .list(shape.json(text), 'the answer')
    .map((one) => parseContainer(shape, shape.fields(one, 'a container')));
}

/** What a list shows: the same without the environment, which may hold secrets and is nobody's business there. */
export function withoutEnvironment({ id, name, image, labels, ports, state }: ServiceDetails): Service {
  return { id, name, image, labels, ports, state };
}

function parseContainer(shape: Shape, container: Fields): ServiceDetails {
  const state = shape.fields(container.State, 'State');
  const config = shape.fields(container.Config, 'Config');
  return {
    id: shape.text(container.Id, 'Id'),
    // docker puts a slash before the name
    name: shape.text(container.Name, 'Name').replace(/^\//, ''),
    image: shape.text(config.Image, 'Config.Image'),
    labels: parseLabels(shape, config.Labels),
    ports: parsePorts(shape, container.NetworkSettings, config.ExposedPorts),
    state: shape.text(state.Status, 'State.Status').toLowerCase(),
    startedAt: shape.text(state.StartedAt, 'State.StartedAt'),
    running: state.Running === true,
    environment: parseEnvironment(shape, config.Env),
    addresses: parseAddresses(shape, container),
    ...(Array.isArray(container.Args) ? { command: container.Args.map((word) => shape.text(word, 'a word')) } : {}),
  };
}

function parseLabels(shape: Shape, labels: unknown): Record<string, string> {
  const entries = Object.entries(shape.fields(labels ?? {}, 'Config.Labels'));
  return Object.fromEntries(entries.map(([name, value]) => [name, shape.text(value, `label "${name}"`)]));
}

function parseEnvironment(shape: Shape, variables: unknown): Map<string, string> {
  const lines = shape.list(variables ?? [], 'Config.Env').map((line) => shape.text(line, 'a variable'));
  return new Map(lines.map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]));
}

/** Published ports from the network, others from what the image exposes: on the host's network only those are known. */
function parsePorts(shape: Shape, network: unknown, exposed: unknown): ServicePort[] {
  const published = shape.fields(shape.fields(network ?? {}, 'NetworkSettings').Ports ?? {}, 'NetworkSettings.Ports');
  const all = { ...shape.fields(exposed ?? {}, 'Config.ExposedPorts'), ...published };
  const ports = Object.entries(all).flatMap(([name, bindings]) => {
    const [number, protocol = 'tcp'] = name.split('/');
    if (protocol !== 'tcp') return [];
    const inside = shape.port(number, name);
    const [binding] = Array.isArray(bindings) ? bindings : [];
    if (binding === undefined) return [{ inside }];
    const { HostIp, HostPort } = shape.fields(binding, `port "${name}"`);
    return [{ inside, published: { address: addressOf(HostIp), port: shape.port(HostPort, name) } }];
  });
  return ports.sort((one, other) => one.inside - other.inside);
}

function parseAddresses(shape: Shape, { NetworkSettings, HostConfig }: Fields): string[] {
  const { NetworkMode } = shape.fields(HostConfig ?? {}, 'HostConfig');
  if (NetworkMode === 'host') return ['127.0.0.1'];
  const { Networks, IPAddress } = shape.fields(NetworkSettings ?? {}, 'NetworkSettings');
  const networks = Object.values(shape.fields(Networks ?? {}, 'NetworkSettings.Networks'));
  const all = [...networks.map((network) => shape.fields(network ?? {}, 'a network').IPAddress), IPAddress];
  return [...new Set(all.filter((address): address is string => typeof address === 'string' && address !== ''))];
}

/** No address means every one of this machine; loopback is the one that surely reaches it. */
function addressOf(address: unknown): string {
  return typeof address === 'string' && address !== '' && address !== '0.0.0.0' && address !== '::'
    ? address
    : '127.0.0.1';
}

/** Takes values out of parsed JSON, or throws Failure "version" with what was found. Never shows a value. */
class Shape {
  readonly #name: EngineName;

  constructor(name: EngineName) {
    this.#name = name;
  }

  json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      // The parser's message quotes the text, and that may hold secrets.
      throw this.#unknown('the answer', 'JSON', 'something else');
    }
  }

  list(value: unknown, what: string): unknown[] {
    if (Array.isArray(value)) return value;
    throw this.#unknown(what, 'a list', typeof value);
  }

  fields(value: unknown, what: string): Fields {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
    throw this.#unknown(what, 'an object', typeof value);
  }

  text(value: unknown, what: string): string {
    if (typeof value === 'string') return value;
    throw this.#unknown(what, 'a text', typeof value);
  }

  port(value: unknown, what: string): number {
    const port = Number(value);
    if (Number.isInteger(port) && port > 0 && port < 65536) return port;
    throw this.#unknown(`port "${what}"`, 'a number from 1 to 65535', typeof value);
  }

  #unknown(what: string, expected: string, found: string): Failure {
    const message = `"${this.#name} inspect" answers in an unknown form: ${what} is ${found}, expected ${expected}`;
    return new Failure('version', { message });
  }
}
