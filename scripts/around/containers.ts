import { Failure } from '../common/failure.ts';
import type { Service } from '../engines/engine.ts';
import { type Found, isSameProject, type Membership, membershipOf, realFolder, stagesOf } from './compose.ts';
import { roleOfImage } from './images.ts';
import { isOwnContainer, type OwnPlace } from './own-container.ts';
import type { FoundService } from './service-ref.ts';

/** What is known of the containers around a restore. */
export interface Containers {
  /** All that the engines show. */
  readonly all: readonly Found[];
  /** Ids of the containers that are restored to. */
  readonly restored: readonly string[];
  /** The folder of the settings. */
  readonly folder: string;
  /** True for the server of a kind that Holdfast knows. */
  readonly isServer: (service: Service) => boolean;
  readonly own: OwnPlace;
}

/** Containers to stop, stage by stage, and what people should know of the others. */
export interface ChosenContainers {
  readonly stages: readonly (readonly FoundService[])[];
  readonly warnings: readonly string[];
}

/** The application around the restored servers: what runs in their compose projects, without stores and proxies. */
export function chooseByPreset(containers: Containers): ChosenContainers {
  const projects = projectsOf(containers);
  const chosen: Found[] = [];
  const staying: string[] = [];
  const warnings: string[] = [];
  for (const found of sorted(containers.all.filter(runs))) {
    const { service } = found;
    const member = membershipOf(service);
    if (member === undefined || !projects.some((project) => isSameProject(project, member))) continue;
    const isStore = containers.restored.includes(service.id) || containers.isServer(service);
    const role = isStore ? 'a database' : roleOfImage(service.image);
    if (isOwnContainer(service.id, containers.own)) staying.push(`${service.name} (Holdfast runs in it)`);
    else if (role !== undefined) staying.push(`${service.name} (${role})`);
    else if (member.once) warnings.push(onceWarning(service));
    else chosen.push(found);
  }
  if (chosen.length > 0 && staying.length > 0) warnings.push(`stay up: ${staying.join(', ')}`);
  return { stages: stagesOf(chosen).map((stage) => stage.map(refOf)), warnings };
}

/**
 * All running containers of one compose service, or the one of this name. Throws Failure "not-found", and "ambiguous"
 * when several projects have one. Those that do not run stay as they are.
 */
export function chooseByName(name: string, containers: Containers): ChosenContainers {
  const found = namedSo(name, containers);
  const [first] = found;
  if (first === undefined) throw notThere(name, containers);
  const target = found.find(({ service }) => containers.restored.includes(service.id));
  if (target !== undefined) throw isRestored(target.service);
  const own = found.find(({ service }) => isOwnContainer(service.id, containers.own));
  const stopped = found.filter((one) => !runs(one));
  const chosen = found.filter((one) => runs(one) && one !== own);
  const warnings = [
    ...(own === undefined ? [] : [`"${own.service.name}" is not stopped: Holdfast runs in it`]),
    ...stopped.map(({ service }) => `"${service.name}" is ${service.state}, and stays so`),
  ];
  return { stages: chosen.length === 0 ? [] : [sorted(chosen).map(refOf)], warnings };
}

function namedSo(name: string, containers: Containers): readonly Found[] {
  const services = containers.all.filter(({ service }) => {
    const member = membershipOf(service);
    return member?.service === name && !member.once;
  });
  if (services.length === 0) return containers.all.filter(({ service }) => service.name === name);
  const near = nearest(services, containers);
  const projects = near.map(({ service }) => membershipOf(service) as Membership);
  const [first] = projects;
  if (first === undefined || projects.every((project) => isSameProject(first, project))) return near;
  throw new Failure('ambiguous', {
    message: `"${name}" is a service of several compose projects: ${near.map(whereFrom).join(', ')}`,
    hint: 'name the container itself in "services" of holdfast.yaml',
  });
}

/** Of the projects of the restored servers, else of the folder of the settings, else of any. */
function nearest(services: readonly Found[], containers: Containers): readonly Found[] {
  const projects = projectsOf(containers);
  const here = realFolder(containers.folder);
  const of = (test: (member: Membership) => boolean): readonly Found[] =>
    services.filter(({ service }) => test(membershipOf(service) as Membership));
  const same = of((member) => projects.some((project) => isSameProject(project, member)));
  if (same.length > 0) return same;
  const near = of(({ folder }) => folder === here);
  return near.length > 0 ? near : services;
}

function projectsOf({ all, restored }: Containers): Membership[] {
  const servers = all.filter(({ service }) => restored.includes(service.id));
  return servers.map(({ service }) => membershipOf(service)).filter((member) => member !== undefined);
}

/** One that is being restarted by its engine writes as well, whenever it is up. */
function runs({ service }: Found): boolean {
  return service.state === 'running' || service.state === 'restarting';
}

/** Engines list them in any order; people and tests see the same one every time. */
function sorted(found: readonly Found[]): Found[] {
  return found.toSorted((one, other) => (one.service.name < other.service.name ? -1 : 1));
}

function refOf({ engine, service }: Found): FoundService {
  return { kind: 'container', engine: engine.name, id: service.id, name: service.name };
}

function whereFrom({ service }: Found): string {
  const member = membershipOf(service);
  return `container "${service.name}" of project "${member?.project}"${member?.folder ? ` in ${member.folder}` : ''}`;
}

function onceWarning({ name }: Service): string {
  return `container "${name}" was started by "compose run" and is not stopped: see that it does not write`;
}

function isRestored({ name }: Service): Failure {
  return new Failure('settings', {
    message: `"services" of holdfast.yaml names "${name}", which is the server to restore to, and must run`,
  });
}

function notThere(name: string, { all }: Containers): Failure {
  const known = new Set(all.map(({ service }) => membershipOf(service)?.service).filter((one) => one !== undefined));
  const found = [...known].map((one) => `"${one}"`).join(', ') || 'none';
  return new Failure('not-found', {
    message: `there is no compose service and no container "${name}"; found the services ${found}`,
    step: 'services',
    hint: 'correct "services" in holdfast.yaml, or leave it out with --no-services',
  });
}
