import { type HealthCheck, waitUntilHealthy } from '../../around/health.ts';
import { type Hook, runHook } from '../../around/hook.ts';
import { labelOf, type ServiceRef } from '../../around/service-ref.ts';
import { startServices, stopServices } from '../../around/services.ts';
import type { Surroundings } from '../../around/shell.ts';
import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import type { RestoreStep, StepKind, StepOutcome } from '../../datastores/restore.ts';
import type { Connected } from '../servers.ts';
import type { Workbench } from '../workbench.ts';
import { surroundingsOf } from './hooks.ts';
import { rebuildStep, rebuildsFor } from './rebuild-steps.ts';
import { servicesAround, toolsOfMachine } from './services.ts';

export type { ServiceRef } from '../../around/service-ref.ts';

/** What happens around a restore, in the order in which it happens. */
export interface AroundRestore {
  readonly before: readonly RestoreStep[];
  readonly after: readonly RestoreStep[];
  /** What `before` stops, for the journal; see {@link backToService}. */
  readonly services: readonly ServiceRef[];
  /** For people, before they say go. */
  readonly warnings: readonly string[];
}

/** The facts that hooks are told. */
export interface AroundFacts {
  readonly set: string;
  /** "postgres/app". */
  readonly sources: readonly string[];
}

/**
 * Maintenance mode, hooks, application services and health, as the settings have them; checked, without changing
 * anything. `places`: the servers that are restored to. `services` false: none is stopped. Throws Failure "not-found",
 * "ambiguous", "tool-missing" or "unreachable" for what the settings name and is not there.
 */
export async function aroundRestore(
  bench: Workbench,
  places: readonly Connected[],
  options: AroundFacts & { readonly services: boolean },
): Promise<AroundRestore> {
  const none = { services: [], warnings: [] };
  const { services, warnings } = options.services ? await servicesAround(bench, places) : none;
  const steps = await stepsAround(bench, services, options);
  return { before: steps.before, after: [...steps.afterHooks, ...steps.back], services, warnings };
}

/**
 * Starts what a restore stopped that was killed, looks whether all is well, and ends maintenance mode: in the same words
 * as the restore would have done it itself.
 */
export async function backToService(
  bench: Workbench,
  services: readonly ServiceRef[],
  facts: AroundFacts,
): Promise<readonly RestoreStep[]> {
  const { back } = await stepsAround(bench, services, facts);
  const { maintenance } = bench.config.around;
  const unsettled = (step: RestoreStep) => step.kind === 'health' || step.kind === 'start';
  return back.map((step) => (unsettled(step) ? keepingOn(step, maintenance?.off) : step));
}

/** Where nothing is taken back, what fails leaves maintenance mode on, if there is one. */
function keepingOn(step: RestoreStep, off: Hook | undefined): RestoreStep {
  if (off === undefined) return step;
  const run = (context: Context): Promise<StepOutcome> =>
    step.run(context).catch((error: unknown) => Promise.reject(staysOn(toFailure(error), off)));
  return { ...step, run };
}

interface StepsAround {
  readonly before: readonly RestoreStep[];
  readonly afterHooks: readonly RestoreStep[];
  /** Start, health, what is made anew, and the end of maintenance mode. */
  readonly back: readonly RestoreStep[];
}

async function stepsAround(
  bench: Workbench,
  services: readonly ServiceRef[],
  { set, sources }: AroundFacts,
): Promise<StepsAround> {
  const { maintenance, beforeRestore, afterRestore, health, rebuilds } = bench.config.around;
  const place = await surroundingsOf(bench, { command: 'restore', set, sources });
  const stopAndStart = services.length === 0 ? undefined : serviceSteps(services);
  return {
    before: [
      ...(maintenance === undefined ? [] : [maintenanceOn(maintenance, health, place)]),
      ...beforeRestore.map((hook) => hookStep('before-hook', `before.restore: ${hook.name}`, hook, place)),
      ...(stopAndStart === undefined ? [] : [stopAndStart.stop]),
    ],
    afterHooks: afterRestore.map((hook) => hookStep('after-hook', `after.restore: ${hook.name}`, hook, place)),
    back: [
      ...(stopAndStart === undefined ? [] : [stopAndStart.start]),
      ...health.map((check) => healthStep(check, place)),
      ...rebuildsFor(rebuilds, sources).map((rebuild) => keepingOn(rebuildStep(rebuild, place), maintenance?.off)),
      ...(maintenance === undefined ? [] : [maintenanceOff(maintenance.off, place)]),
    ],
  };
}

function hookStep(kind: StepKind, text: string, hook: Hook, place: Surroundings): RestoreStep {
  return { kind, text, live: true, run: async ({ signal }) => said(await runHook(hook, place, signal)) };
}

function said(output: string): StepOutcome {
  return output === '' ? {} : { notes: [output] };
}

/** What takes something back is not bound to the signal that ended the run; each part of it has a time limit of its own. */
function ownSignal(): AbortSignal {
  return new AbortController().signal;
}

function serviceSteps(services: readonly ServiceRef[]): { stop: RestoreStep; start: RestoreStep } {
  const list = services.map(labelOf);
  const stop = async (signal: AbortSignal): Promise<string[]> =>
    await stopServices(services, await toolsOfMachine(), signal);
  const start = async (signal: AbortSignal): Promise<string[]> =>
    await startServices(services, await toolsOfMachine(), signal);
  return {
    stop: {
      kind: 'stop',
      text: `stop ${list.join(', ')}`,
      live: true,
      run: async ({ signal }) => ({ notes: await stop(signal) }),
      // All of them: one that was not stopped takes no harm.
      undo: async () => void (await start(ownSignal())),
    },
    start: {
      kind: 'start',
      text: `start ${list.toReversed().join(', ')}`,
      live: true,
      run: async ({ signal }) => ({ notes: await start(signal) }),
      // What is taken back before this must not find the application at work.
      undo: async () => void (await stop(ownSignal())),
    },
  };
}

function healthStep(check: HealthCheck, place: Surroundings): RestoreStep {
  return {
    kind: 'health',
    text: `health: ${check.name}, within ${check.seconds} s`,
    live: true,
    run: async ({ signal }) => {
      await waitUntilHealthy(check, place, signal);
      return {};
    },
  };
}

function maintenanceOn(
  { on, off }: { readonly on: Hook; readonly off: Hook },
  health: readonly HealthCheck[],
  place: Surroundings,
): RestoreStep {
  return {
    ...hookStep('maintenance-on', `maintenance mode on: ${on.name}`, on, place),
    undo: async () => {
      const signal = ownSignal();
      try {
        for (const check of health) await waitUntilHealthy(check, place, signal);
        await runHook(off, place, signal);
      } catch (error) {
        throw staysOn(toFailure(error), off);
      }
    },
  };
}

function maintenanceOff(off: Hook, place: Surroundings): RestoreStep {
  return {
    kind: 'maintenance-off',
    text: `maintenance mode off: ${off.name}`,
    live: true,
    run: async ({ signal }) => {
      try {
        return said(await runHook(off, place, signal));
      } catch (error) {
        throw staysOn(toFailure(error), off);
      }
    },
  };
}

/** Whoever reads this has people before a closed door. */
function staysOn({ code, message, detail, hint, cause }: Failure, off: Hook): Failure {
  return new Failure(code, {
    message: `maintenance mode stays on: ${message}`,
    detail,
    stands: 'maintenance mode is still on',
    hint: `${hint === undefined ? '' : `${hint}; `}when all is well: ${off.run}`,
    cause,
  });
}
