import type { StoredSource } from '../../datastore.ts';
import { detailsOf } from '../details.ts';
import { spellSessions } from '../generations/sessions.ts';
import { list } from './checks.ts';
import type { LiveFacts } from './obstacles.ts';
import type { RestorePlan } from './plan.ts';

/** What a person should know after a restore. */
export function remarksOn({ source, isWhole }: RestorePlan, extra: readonly string[]): string[] {
  if (!isWhole) return [];
  const { subscriptions = [], publications = [] } = detailsOf(source.facts);
  return [
    ...(extra.length > 0 ? [`tables that are not in the dump were left as they were: ${list(extra)}`] : []),
    ...(subscriptions.length > 0 ? [`subscriptions are back but disabled: ${list(subscriptions)}`] : []),
    ...(publications.length > 0
      ? [`publications are back, their subscribers must be refreshed: ${list(publications)}`]
      : []),
  ];
}

/** What a person should know before the word go. */
export function warningsFor(
  kind: 'beside' | 'over' | 'direct',
  { sessions, standbys }: LiveFacts,
  { facts }: StoredSource,
): string[] {
  const { subscriptions = [], publications = [] } = detailsOf(facts);
  const fate = kind === 'beside' ? 'will be cut off, and find the restored database' : 'will see the change happen';
  return [
    ...(sessions.length > 0
      ? [`${sessions.length} sessions are connected and ${fate}: ${spellSessions(sessions)}`]
      : []),
    ...(standbys > 0 ? [`${standbys} standbys follow this server and will have to take the whole restore over`] : []),
    ...(subscriptions.length > 0 ? [`by hand afterwards: enable the subscriptions ${list(subscriptions)}`] : []),
    ...(publications.length > 0 ? [`by hand afterwards: tell subscribers of ${list(publications)}`] : []),
  ];
}
