import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Engine, Service } from '../engines/engine.ts';

/** A container and the engine that shows it. */
export interface Found {
  readonly engine: Engine;
  readonly service: Service;
}

/** What compose wrote about a container. */
export interface Membership {
  readonly project: string;
  /** The folder that it was started from, without links; undefined where it is not told. */
  readonly folder: string | undefined;
  readonly service: string;
  /** The services that it needs. */
  readonly needs: readonly string[];
  /** True for one of `compose run`: nobody starts it again. */
  readonly once: boolean;
}

/**
 * Docker compose and newer podman-compose write the first family of labels, older podman-compose the second. Undefined
 * for a container that compose did not start.
 */
export function membershipOf({ labels }: Service): Membership | undefined {
  const label = (key: string): string | undefined =>
    labels[`com.docker.compose.${key}`] ?? labels[`io.podman.compose.${key}`];
  const project = label('project');
  const service = label('service');
  if (project === undefined || service === undefined) return undefined;
  const folder = label('project.working_dir');
  return {
    project,
    folder: folder === undefined ? undefined : realFolder(folder),
    service,
    // "db:service_healthy:false,redis:service_started:true"
    needs: (label('depends_on') ?? '')
      .split(',')
      .flatMap((entry) => entry.split(':', 1))
      .filter(Boolean),
    once: label('oneoff')?.toLowerCase() === 'true',
  };
}

/** The same project: of the same folder, too, because the name is by default that of the folder, without its path. */
export function isSameProject(one: Membership, other: Membership): boolean {
  const apart = one.folder !== undefined && other.folder !== undefined && one.folder !== other.folder;
  return one.project === other.project && !apart;
}

/**
 * The stages at which containers are stopped: one that others need comes after all of them. Those that say nothing of
 * each other share a stage.
 */
export function stagesOf(found: readonly Found[]): Found[][] {
  const members = found.map((one) => ({ one, member: membershipOf(one.service) }));
  const needing = (name: string | undefined) => members.filter(({ member }) => name && member?.needs.includes(name));
  const stageOf = (name: string | undefined, seen: readonly string[]): number =>
    needing(name).reduce((stage, { member }) => {
      const next = member?.service ?? '';
      // Compose takes no circles; labels may have been written by somebody else.
      return seen.includes(next) ? stage : Math.max(stage, 1 + stageOf(next, [...seen, next]));
    }, 0);
  const stages: Found[][] = [];
  for (const { one, member } of members) {
    const stage = stageOf(member?.service, [member?.service ?? '']);
    stages[stage] = [...(stages[stage] ?? []), one];
  }
  return stages.filter((stage) => stage !== undefined);
}

/** A folder as it is, whatever links lead to it. */
export function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // A container outlives the folder it was started from; the name is then all there is to compare.
    return resolve(folder);
  }
}
