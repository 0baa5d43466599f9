import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../common/failure.ts';
import type { Kind } from '../common/kinds.ts';
import type { Engine, Service } from '../engines/engine.ts';
import { serverNames } from './server-names.ts';

/** A container and the engine that shows it. */
export interface Candidate {
  readonly engine: Engine;
  readonly service: Service;
}

/** For people: "podman container shop-postgres-1 (docker.io/library/postgres:18)". */
export function candidateLabel({ engine, service }: Candidate): string {
  return `${engine.name} container ${service.name} (${service.image})`;
}

/** True when the engine calls it running; "paused" is not, as nothing in it answers. */
export function isRunning(service: Service): boolean {
  return service.state === 'running';
}

/**
 * Those that compose started from this very folder; all of them when it started none. The folder is compared, not the
 * project: its name is by default that of the folder, so that two checkouts have the same.
 */
export function inFolder(candidates: readonly Candidate[], folder: string): readonly Candidate[] {
  const near = startedFrom(candidates, folder);
  return near.length > 0 ? near : candidates;
}

/**
 * Without those that compose started from other folders, where it started any from this one: a cache of another project on
 * the same machine is nobody's to back up here, and least of all to restore over.
 */
export function withoutForeign(candidates: readonly Candidate[], folder: string): readonly Candidate[] {
  const own = startedFrom(candidates, folder);
  if (own.length === 0) return candidates;
  const isLabelled = ({ service }: Candidate): boolean => composeLabel(service, 'project.working_dir') !== undefined;
  return candidates.filter((candidate) => own.includes(candidate) || !isLabelled(candidate));
}

function startedFrom(candidates: readonly Candidate[], folder: string): Candidate[] {
  const here = realFolder(folder);
  return candidates.filter(({ service }) => {
    const started = composeLabel(service, 'project.working_dir');
    return started !== undefined && realFolder(started) === here;
  });
}

/**
 * The containers that a word of a person can mean: the one with this exact name, else with an id that begins so
 * (four digits at least), else with this compose service, where running ones and those of this folder go first.
 * Never by a part of a name.
 */
export function matching(word: string, candidates: readonly Candidate[], folder: string): readonly Candidate[] {
  const byName = candidates.filter(({ service }) => service.name === word);
  if (byName.length > 0) return byName;
  const byId = /^[0-9a-f]{4,64}$/.test(word) ? candidates.filter(({ service }) => service.id.startsWith(word)) : [];
  if (byId.length > 0) return byId;
  const byService = candidates.filter(({ service }) => composeLabel(service, 'service') === word);
  const running = byService.filter(({ service }) => isRunning(service));
  const preferred = running.length > 0 ? running : byService;
  return preferred.length > 1 ? inFolder(preferred, folder) : preferred;
}

/** Lists what could be meant and how to choose. */
export function ambiguous(kind: Kind, candidates: readonly Candidate[], message: string): Failure {
  const lines = candidates.map((candidate) => {
    const project = composeLabel(candidate.service, 'project');
    return `${candidateLabel(candidate)}${project === undefined ? '' : `, compose project "${project}"`}`;
  });
  const { name, id } = (candidates[0] as Candidate).service;
  // Two engines may each have a container of this name; then only the id tells them apart.
  const word = candidates.filter(({ service }) => service.name === name).length > 1 ? id.slice(0, 12) : name;
  const names = serverNames(kind);
  const setting = names === undefined ? '' : `set ${names.container.variable}=${word} in .env, or `;
  return new Failure('ambiguous', {
    message: [message, ...lines].join('\n  '),
    hint: `${setting}list the servers in holdfast.yaml`,
  });
}

/** Docker compose and newer podman-compose write the first family of labels, older podman-compose the second. */
function composeLabel(service: Service, key: string): string | undefined {
  return service.labels[`com.docker.compose.${key}`] ?? service.labels[`io.podman.compose.${key}`];
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // A container outlives the folder it was started from; the name is then all there is to compare.
    return resolve(folder);
  }
}
