import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../common/failure.ts';
import type { CallOptions } from '../engines/engine.ts';
import { type Program, saidBy } from './programs.ts';
import type { FoundService, WorkloadRef } from './service-ref.ts';

/** Milliseconds until the pods of a workload must have ended or be there again; a pod has 30 s to end by default. */
const PATIENCE = 180_000;
/** Between two looks. */
const PAUSE = 1000;

type FoundWorkload = Extract<FoundService, { kind: 'workload' }>;

/**
 * Finds a deployment or a stateful set, and how many replicas it has. Throws Failure "not-found" with the words of
 * kubectl, and "tool-missing".
 */
export async function findWorkload(
  name: string,
  namespace: string | undefined,
  { kubectl, options }: { readonly kubectl: Program; readonly options: CallOptions },
): Promise<FoundWorkload> {
  const where = namespace === undefined ? [] : ['--namespace', namespace];
  const { code, stdout, stderr } = await kubectl([...where, 'get', name, '--output', 'json'], options);
  if (code !== 0) {
    throw new Failure('not-found', {
      message: `kubectl has no "${name}"${namespace === undefined ? '' : ` in "${namespace}"`}`,
      detail: stderr.trim() || undefined,
      step: 'services',
      hint: `kubectl get ${name.split('/', 1)[0]}s --all-namespaces`,
    });
  }
  const { metadata, spec } = parse(stdout);
  if (typeof metadata?.namespace !== 'string' || typeof spec?.replicas !== 'number') throw strange(name);
  return { kind: 'workload', namespace: metadata.namespace, name, replicas: spec.replicas };
}

/** Scales a workload to none, and waits until its last pod has ended: until then it may still write. */
export async function stopWorkload(ref: WorkloadRef, kubectl: Program, options: CallOptions): Promise<void> {
  await scale(ref, 0, kubectl, options);
  const { stdout } = await saidBy(kubectl, [...inSpace(ref), 'get', ref.name, '--output', 'json'], {
    what: `kubectl get ${ref.name}`,
    options,
  });
  const labels = Object.entries(parse(stdout).spec?.selector?.matchLabels ?? {});
  if (labels.length === 0) throw strange(ref.name);
  const selector = labels.map(([key, value]) => `${key}=${value}`).join(',');
  const words = [...inSpace(ref), 'get', 'pods', '--selector', selector, '--output', 'name'];
  for (const end = Date.now() + PATIENCE; ; await sleep(PAUSE, undefined, options)) {
    const pods = (await saidBy(kubectl, words, { what: 'kubectl get pods', options })).stdout.trim();
    if (pods === '') return;
    if (Date.now() > end) {
      throw new Failure('timeout', {
        message: `${ref.name} still has pods ${PATIENCE / 1000} s after it was scaled to 0`,
        detail: pods,
        step: 'stop',
      });
    }
  }
}

/** Scales a workload to what it had, and waits until it is there. */
export async function startWorkload(ref: WorkloadRef, kubectl: Program, options: CallOptions): Promise<void> {
  await scale(ref, ref.replicas, kubectl, options);
  const words = [...inSpace(ref), 'rollout', 'status', ref.name, `--timeout=${PATIENCE / 1000}s`];
  const what = `kubectl rollout status ${ref.name}`;
  await saidBy(kubectl, words, { what, options: { ...options, timeoutMs: PATIENCE + 10_000 } });
}

async function scale(ref: WorkloadRef, replicas: number, kubectl: Program, options: CallOptions): Promise<void> {
  const what = `kubectl scale ${ref.name} to ${replicas}`;
  await saidBy(kubectl, [...inSpace(ref), 'scale', ref.name, `--replicas=${replicas}`], { what, options });
}

function inSpace({ namespace }: WorkloadRef): string[] {
  return ['--namespace', namespace];
}

/** The parts of a workload that are looked at. */
interface Workload {
  readonly metadata?: { readonly namespace?: unknown };
  readonly spec?: {
    readonly replicas?: unknown;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  };
}

function parse(text: string): Workload {
  try {
    return JSON.parse(text) as Workload;
  } catch {
    // The parser's message quotes the text, and an environment with secrets may stand in it.
    return {};
  }
}

function strange(name: string): Failure {
  return new Failure('version', { message: `kubectl answers in an unknown form for "${name}"`, step: 'services' });
}
