import { wholeNumber } from '../common/rules.ts';
import type { SettingsFile } from './file-settings.ts';
import type { Values } from './values.ts';

/** What a person wants to rely on beside the RPO. */
export interface ProofTargets {
  /** Days that the newest restore that proved a set may be old; undefined: nobody asked for a number. */
  readonly proofDays: number | undefined;
  /** Minutes that a restore may take (the RTO); undefined: any time will do. */
  readonly rtoMinutes: number | undefined;
}

/** The rules of what .env and holdfast.yaml say. */
export const TARGET_RULES = {
  proofDays: wholeNumber(1, 3_660),
  rtoMinutes: wholeNumber(1, 100_000),
} as const;

/** The targets of the environment and .env, else of holdfast.yaml. */
export function readTargets(values: Values, file: SettingsFile | undefined): ProofTargets {
  return {
    proofDays: values.get('BACKUP_PROOF_DAYS')?.value ?? file?.settings.proof_days,
    rtoMinutes: values.get('BACKUP_RTO_MINUTES')?.value ?? file?.settings.rto_minutes,
  };
}
