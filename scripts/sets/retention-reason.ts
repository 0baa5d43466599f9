import type { RetentionPolicy } from '../common/policy.ts';
import type { Pin } from './pin.ts';
import type { PolicyReason } from './retention-policy.ts';

/** Why an entry is kept or removed, as a fact that commands word. `ageDays`: rounded down. */
export type RetentionReason =
  | PolicyReason
  | { readonly rule: 'newest-good' }
  | { readonly rule: 'newest-of-highest-proof'; readonly proof: string }
  | { readonly rule: 'pinned'; readonly pin: Pin }
  | { readonly rule: 'only-holder'; readonly source: string }
  | { readonly rule: 'no-newer-good'; readonly failedSources: number }
  | { readonly rule: 'not-verified' }
  | { readonly rule: 'other-environment'; readonly environment: string }
  | { readonly rule: 'no-manifest' }
  | { readonly rule: 'damaged'; readonly detail: string }
  | { readonly rule: 'unfinished' }
  | { readonly rule: 'not-ours'; readonly detail: string }
  | { readonly rule: 'run-failed' }
  /** No rule of the policy keeps it, and nothing else does. `newerGood`: how many good sets are newer, at least one. */
  | {
      readonly rule: 'expired';
      readonly policy: RetentionPolicy;
      readonly ageDays: number;
      readonly newerGood: number;
    };
