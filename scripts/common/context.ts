/**
 * What happens during a run, told as facts. Rooms emit these; `ui/` alone turns them into lines, bars or JSON.
 */
export type RunEvent =
  /** A step of a source begins. `expectedBytes`: what the artifact had in the last set, when known. */
  | { kind: 'step'; source: string; step: string; expectedBytes?: number | undefined }
  /** Bytes of the running step so far (of the artifact as stored for a backup; read or sent for a restore). */
  | { kind: 'progress'; source: string; bytes: number }
  | { kind: 'done'; source: string; bytes: number }
  | { kind: 'failed'; source: string; message: string }
  | { kind: 'skipped'; source: string; reason: string }
  /** A step of a plan was done; `number` as the plan counts them. */
  | { kind: 'ticked'; source: string; number: number; of: number; text: string; milliseconds: number }
  /** Something worth telling that is not a failure: a stale lock healed, a leftover swept. */
  | { kind: 'note'; message: string; source?: string }
  /** Something that will hurt later: role passwords missing, dump not consistent. */
  | { kind: 'warning'; message: string; source?: string };

/** Travels through every call that takes long: the one abort signal and the place to tell what happens. */
export interface Context {
  readonly signal: AbortSignal;
  readonly report: (event: RunEvent) => void;
}
