import type { Gauge } from 'prom-client';

/** What is known of restores that proved a set. */
export interface ProofMetrics {
  /** The newest one. Undefined: there was none, and nobody counts on one; the epoch itself: none, and somebody does. */
  readonly newest?: Date | undefined;
  /** Seconds that it may be old. */
  readonly targetSeconds: number;
  /** What the last drill that passed took, and how much it restored. */
  readonly measured?: { readonly seconds: number; readonly bytes: number } | undefined;
  /** Seconds that a restore may take; undefined: any time will do. */
  readonly rtoSeconds?: number | undefined;
  /** Of the last drill; undefined: there was none, or a later restore has proven a set again. */
  readonly verdict?: 'PASS' | 'FAIL' | 'UNVERIFIABLE' | undefined;
}

/** As numbers, so that an alert can tell a failure from a drill that could not be made. */
const VERDICTS = { PASS: 1, UNVERIFIABLE: 0, FAIL: -1 } as const;

/** Makes a gauge without labels of its own. */
type MakeGauge = (name: string, help: string) => Gauge;

/** Times and targets of restores. What is not known is left out, so that no alert rests on it. */
export function fillProof(
  { newest, targetSeconds, measured, rtoSeconds, verdict }: ProofMetrics,
  gauge: MakeGauge,
): void {
  gauge('proof_target_seconds', 'How old the newest proof by a restore may become.').set(targetSeconds);
  if (newest !== undefined) {
    gauge('last_proof_timestamp_seconds', 'When a restore last proved a set.').set(newest.getTime() / 1000);
  }
  if (measured !== undefined) {
    gauge('restore_duration_seconds', 'How long the last drill that passed took: the measured RTO.').set(
      measured.seconds,
    );
    gauge('restore_bytes', 'Bytes that the last drill that passed restored.').set(measured.bytes);
  }
  if (rtoSeconds !== undefined) gauge('rto_seconds', 'How long a restore may take.').set(rtoSeconds);
  if (verdict !== undefined) {
    const help = 'The last drill: 1 passed, 0 it could not be made, -1 a set did not pass.';
    gauge('last_drill_verdict', help).set(VERDICTS[verdict]);
  }
}
