import { Failure, toFailure } from '../common/failure.ts';
import type { CallOptions, Engine } from '../engines/engine.ts';
import { type Containers, chooseByName, chooseByPreset } from './containers.ts';
import { type Program, programOf } from './programs.ts';
import { type ContainerRef, type FoundService, labelOf, type ServiceRef, type ServiceWish } from './service-ref.ts';
import { findUnit, startUnit, stopUnit, type UnitAsker } from './units.ts';
import { findWorkload, startWorkload, stopWorkload } from './workloads.ts';

/** Milliseconds that a service has to stop or to start; compose and systemd let some of them take minutes. */
const MOST = 600_000;

/** How services are reached. */
export interface ServiceTools extends UnitAsker {
  /** Those with containers, by their names. */
  readonly engines: readonly Engine[];
  readonly kubectl: Program;
}

/** The tools of this machine. `engines`: all of them, that of this machine among them. */
export function serviceTools(engines: readonly Engine[], userId: number): ServiceTools {
  const host = engines.find(({ name }) => name === 'host');
  if (host === undefined) throw new Failure('internal', { message: 'the engine of this machine is missing' });
  return { engines, userId, systemctl: programOf(host, 'systemctl'), kubectl: programOf(host, 'kubectl') };
}

/** What a restore stops, in the order of its stages, and what people should know of it. */
export interface ChosenServices {
  readonly services: readonly ServiceRef[];
  readonly warnings: readonly string[];
}

/**
 * Finds what is wished for, changing nothing. `look` shows the containers, and is asked only where one is wished for.
 * Throws Failure "not-found", "ambiguous", "tool-missing", "unreachable".
 */
export async function chooseServices(
  wishes: readonly ServiceWish[],
  look: () => Promise<Containers>,
  tools: ServiceTools,
  signal: AbortSignal,
): Promise<ChosenServices> {
  const services: ServiceRef[] = [];
  const warnings: string[] = [];
  let containers: Containers | undefined;
  let stage = 0;
  for (const wish of wishes) {
    if (wish.kind === 'preset' || wish.kind === 'compose') containers ??= await look();
    const chosen = await choose(wish, containers, tools, { signal });
    warnings.push(...chosen.warnings);
    for (const found of chosen.stages) {
      const fresh = found.filter((one) => !services.some((other) => isSame(one, other)));
      services.push(...fresh.map((one) => ({ ...one, stage }) as ServiceRef));
      stage += 1;
    }
  }
  return { services, warnings };
}

interface Chosen {
  readonly stages: readonly (readonly FoundService[])[];
  readonly warnings: readonly string[];
}

async function choose(
  wish: ServiceWish,
  containers: Containers | undefined,
  tools: ServiceTools,
  options: CallOptions,
): Promise<Chosen> {
  if (wish.kind === 'systemd') {
    const { unit, running } = await findUnit(wish.unit, tools, options);
    return running ? one(unit) : none(`unit "${unit.name}" does not run, and stays so`);
  }
  if (wish.kind === 'kubernetes') {
    const found = await findWorkload(wish.workload, wish.namespace, { kubectl: tools.kubectl, options });
    return found.replicas > 0 ? one(found) : none(`"${found.name}" has 0 replicas, and keeps them`);
  }
  if (containers === undefined) throw new Failure('internal', { message: 'nobody looked at the containers' });
  return wish.kind === 'preset' ? chooseByPreset(containers) : chooseByName(wish.name, containers);
}

function one(found: FoundService): Chosen {
  return { stages: [[found]], warnings: [] };
}

function none(warning: string): Chosen {
  return { stages: [], warnings: [warning] };
}

function isSame(one: FoundService, other: FoundService): boolean {
  if (one.kind === 'container' && other.kind === 'container') return one.id === other.id;
  if (one.kind === 'workload' && other.kind === 'workload' && one.namespace !== other.namespace) return false;
  return one.kind === other.kind && one.name === other.name;
}

/** Stops services, those of a stage side by side; throws the first failure once the others of its stage have ended. */
export function stopServices(
  services: readonly ServiceRef[],
  tools: ServiceTools,
  signal: AbortSignal,
): Promise<string[]> {
  const options = { signal, timeoutMs: MOST };
  return stageByStage(services, 1, async (ref) => await stopOne(ref, tools, options)).then(({ notes, failures }) => {
    if (failures[0] !== undefined) throw failures[0];
    return notes;
  });
}

/** Starts services the other way round. All are tried; throws one Failure that names those that did not start. */
export async function startServices(
  services: readonly ServiceRef[],
  tools: ServiceTools,
  signal: AbortSignal,
): Promise<string[]> {
  const options = { signal, timeoutMs: MOST };
  const { notes, failures } = await stageByStage(services, -1, async (ref) => await startOne(ref, tools, options));
  const [first] = failures;
  if (first === undefined) return notes;
  throw new Failure(first.code, {
    message: failures.map(({ message }) => message).join('; '),
    detail:
      failures
        .map(({ detail }) => detail)
        .filter(Boolean)
        .join('\n') || undefined,
    stands: 'the application does not run whole',
    hint: 'start by hand what is named above',
    cause: first,
  });
}

/** Upwards a failure ends it after its stage; downwards all are tried. */
async function stageByStage(
  services: readonly ServiceRef[],
  direction: 1 | -1,
  work: (ref: ServiceRef) => Promise<string[]>,
): Promise<{ notes: string[]; failures: Failure[] }> {
  const notes: string[] = [];
  const failures: Failure[] = [];
  const stages = [...new Set(services.map(({ stage }) => stage))].sort((left, right) => (left - right) * direction);
  for (const stage of stages) {
    if (direction === 1 && failures.length > 0) break;
    const members = services.filter((ref) => ref.stage === stage);
    const outcomes = await Promise.allSettled(members.map(work));
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') notes.push(...outcome.value);
      else failures.push(named(outcome.reason, members[at] as ServiceRef));
    }
  }
  return { notes, failures };
}

function named(error: unknown, ref: ServiceRef): Failure {
  const { code, message, detail, stands, hint } = toFailure(error);
  return new Failure(code, { message: `${labelOf(ref)}: ${message}`, detail, stands, hint, cause: error });
}

async function stopOne(ref: ServiceRef, tools: ServiceTools, options: CallOptions): Promise<string[]> {
  if (ref.kind === 'unit') return await stopUnit(ref, tools, options);
  if (ref.kind === 'workload') await stopWorkload(ref, tools.kubectl, options);
  else await stopContainer(ref, engineOf(ref, tools), options);
  return [];
}

/** What starts containers again (systemd, a watchdog) would let the application write into the restore. */
async function stopContainer({ id, name }: ContainerRef, engine: Engine, options: CallOptions): Promise<void> {
  await engine.stop(id, options);
  if (!(await engine.inspect(id, options)).running) return;
  throw new Failure('tool-failed', {
    message: 'it runs again after it was stopped',
    hint: `see what starts "${name}", and list that in "services" of holdfast.yaml`,
  });
}

async function startOne(ref: ServiceRef, tools: ServiceTools, options: CallOptions): Promise<string[]> {
  if (ref.kind === 'unit') return await startUnit(ref, tools, options);
  if (ref.kind === 'workload') await startWorkload(ref, tools.kubectl, options);
  else await engineOf(ref, tools).start(ref.id, options);
  return [];
}

function engineOf({ engine }: ContainerRef, { engines }: ServiceTools): Engine {
  const found = engines.find(({ name }) => name === engine);
  if (found !== undefined) return found;
  throw new Failure('version', { message: `this Holdfast knows no engine "${engine}"` });
}
