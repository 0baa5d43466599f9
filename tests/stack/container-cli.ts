/** podman and docker as the stack needs them: the same few commands, spoken by either. */
import type { RunOptions } from './run.ts';
import { run, works } from './run.ts';

export type EngineName = 'podman' | 'docker';

export interface ContainerCli {
  readonly name: EngineName;
  /** DOCKER_HOST when this is not the machine's usual daemon. */
  readonly environment: Readonly<Record<string, string>>;
  run(args: readonly string[], options?: RunOptions): Promise<string>;
}

/** A way to speak to an engine; `dockerHost` picks another docker daemon than the usual one. */
export function containerCli(name: EngineName, dockerHost?: string): ContainerCli {
  const environment: Record<string, string> = dockerHost ? { DOCKER_HOST: dockerHost } : {};
  return {
    name,
    environment,
    run: (args, options = {}) => run(name, args, { ...options, env: { ...environment, ...options.env } }),
  };
}

/** Takes the word of `--engine`; throws on another one. */
export function parseEngine(word: string): EngineName {
  if (word !== 'podman' && word !== 'docker') throw new Error(`no engine "${word}": there are podman, docker`);
  return word;
}

/** True when the engine is installed and its service answers. */
export function engineWorks(name: EngineName): Promise<boolean> {
  return works(name, ['info'], { timeout: 15_000 });
}

/** The id of a local image, or null. */
export async function imageId(cli: ContainerCli, image: string): Promise<string | null> {
  const id = await cli.run(['image', 'inspect', '--format', '{{.Id}}', image]).catch(() => '');
  return id.trim().replace(/^sha256:/, '') || null;
}

/** One label of a local image; empty when there is no such image or label. */
export async function imageLabel(cli: ContainerCli, image: string, label: string): Promise<string> {
  const format = `{{ index .Config.Labels ${JSON.stringify(label)} }}`;
  const value = await cli.run(['image', 'inspect', '--format', format, image]).catch(() => '');
  return value.trim();
}
