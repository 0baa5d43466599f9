import type { EngineName } from '../engines/engine.ts';

/**
 * An application service that is stopped for a restore, in words that another process can start it again by: it is
 * written into the journal of the restore. Those of one stage are stopped side by side, the stages one after the other;
 * they are started the other way round.
 */
export type ServiceRef = ContainerRef | UnitRef | WorkloadRef;

/** A container, by its id; the name is for people. */
export interface ContainerRef {
  readonly kind: 'container';
  readonly stage: number;
  readonly engine: EngineName;
  readonly id: string;
  readonly name: string;
}

/** A unit of systemd: of the machine's manager, or of the one of the user who runs Holdfast. */
export interface UnitRef {
  readonly kind: 'unit';
  readonly stage: number;
  readonly manager: 'system' | 'user';
  /** "shop-worker.service". */
  readonly name: string;
}

/** What Kubernetes scales: a deployment, a stateful set. */
export interface WorkloadRef {
  readonly kind: 'workload';
  readonly stage: number;
  readonly namespace: string;
  /** "deployment/app". */
  readonly name: string;
  /** As many as there were, and will be again. */
  readonly replicas: number;
}

/** A service before it is known at which stage it is stopped. */
export type FoundService = Unstaged<ContainerRef> | Unstaged<UnitRef> | Unstaged<WorkloadRef>;
type Unstaged<Ref> = Omit<Ref, 'stage'>;

/** For people: "container shop-web-1", "unit worker.service", "deployment/app". */
export function labelOf(ref: FoundService): string {
  return ref.kind === 'workload' ? ref.name : `${ref.kind} ${ref.name}`;
}

/** What the settings say of a service that is to be stopped for a restore. */
export type ServiceWish =
  /** The running containers of the compose project of the restored servers, without stores and proxies. */
  | { readonly kind: 'preset' }
  | { readonly kind: 'compose'; readonly name: string }
  | { readonly kind: 'systemd'; readonly unit: string }
  | { readonly kind: 'kubernetes'; readonly workload: string; readonly namespace: string | undefined };
