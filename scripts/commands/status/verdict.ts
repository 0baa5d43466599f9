import type { RunRecord, RunResult } from '../../runs/record.ts';
import { wordAge, wordAgo, wordBytes, wordDuration, wordOld } from '../../ui/units.ts';
import { EXIT } from '../../ui/words.ts';
import { newestGoodOf, type ProofFact, type Standing } from './facts.ts';
import type { DestinationFact } from './overview.ts';
import { wordRun } from './run-words.ts';

const MINUTE = 60 * 1000;
const DAY = 24 * 60 * MINUTE;

/** How bad it is: nobody would get their data back as promised, or that is not far away. */
export type Level = 'WARN' | 'CRIT';

/** Something that is not as it should be. */
export interface Concern {
  readonly level: Level;
  /** For people, one line without a full stop. */
  readonly text: string;
  /** A command to try. */
  readonly mend: string;
}

/** What is wrong, the worst first. docs/status.md lists the rules. */
export function concernsOf(standing: Standing): Concern[] {
  const found = [
    ...lateness(standing),
    ...lateSources(standing),
    ...failedDrill(standing),
    ...storages(standing),
    ...lastRuns(standing),
    ...proofs(standing),
    ...restoreTime(standing),
    ...sizes(standing),
    ...unfinished(standing),
  ];
  return [...found.filter(({ level }) => level === 'CRIT'), ...found.filter(({ level }) => level === 'WARN')];
}

/** The worst of them. */
export function verdictOf(concerns: readonly Concern[]): 'OK' | Level {
  return concerns[0]?.level ?? 'OK';
}

function lateness(standing: Standing): Concern[] {
  const { destinations, environment, rpoHours, now } = standing;
  const silent = destinations.filter(({ failure }) => failure !== undefined);
  if (silent.length === destinations.length) {
    const reasons = silent.map(({ name, failure }) => `${name}: ${firstLine(failure?.message)}`);
    return [{ level: 'CRIT', text: `no storage can be asked: ${reasons.join('; ')}`, mend: 'holdfast doctor' }];
  }
  const newest = newestGoodOf(standing);
  if (!destinations.every(({ late }) => late)) return newest === undefined ? [] : future(newest.set, newest.time, now);
  const found = newest === undefined ? 'there is none' : `the newest, ${newest.set}, is ${old(newest.time, now)}`;
  const text = `"${environment}" has no good set younger than its RPO of ${rpoHours} h: ${found}`;
  return [{ level: 'CRIT', text, mend: 'holdfast backup, then holdfast doctor' }];
}

/** A set of the future is younger than any RPO for as long as the clock is wrong. */
function future(set: string, time: Date, now: Date): Concern[] {
  if (time.getTime() - now.getTime() < MINUTE) return [];
  return [{ level: 'WARN', text: `the newest good set, ${set}, is of the future`, mend: 'date -u' }];
}

function lateSources(standing: Standing): Concern[] {
  // Where everything is late that has been said.
  if (standing.destinations.every(({ late }) => late)) return [];
  const late = standing.sources.filter(({ state }) => state === 'late');
  return late.map(({ source, set, time, rpoHours }) => ({
    level: 'CRIT',
    text: `${source} is in no set younger than its RPO of ${rpoHours} h: the newest, ${set}, is ${old(time, standing.now)}`,
    mend: `holdfast backup ${source}`,
  }));
}

/** ": postgres/app: FAIL: the table ...", of what first did not pass. */
function reasonOf({ error, failed }: RunResult): string {
  const [first] = failed;
  const reason = error?.message ?? (first && `${first.source}: ${first.reason}`);
  return reason === undefined ? '' : `: ${firstLine(reason)}`;
}

/** What a later restore has proven again is no concern any more. */
function failedDrill({ proof, now }: Standing): Concern[] {
  const { lastDrill, newest } = proof;
  if (lastDrill?.drill.verdict !== 'FAIL') return [];
  if (newest !== undefined && newest.at > lastDrill.at) return [];
  const { run, result, at } = lastDrill;
  const text = `the last drill FAILED ${ago(at, now)} with the set ${result.set ?? '(unknown)'}${reasonOf(result)}`;
  return [{ level: 'CRIT', text, mend: `holdfast logs ${run.run}` }];
}

function storages(standing: Standing): Concern[] {
  const { destinations } = standing;
  const allLate = destinations.every(({ late }) => late);
  const allSilent = destinations.every(({ failure }) => failure !== undefined);
  return destinations.flatMap((destination) => [
    ...(destination.failure === undefined || allSilent ? [] : [silentStorage(destination)]),
    ...(destination.failure === undefined && destination.late && !allLate ? [lateStorage(destination, standing)] : []),
    ...destination.damaged.map((set): Concern => {
      const mend = `holdfast verify --all --from ${destination.name}`;
      return { level: 'WARN', text: `the set ${set} in ${destination.name} is damaged`, mend };
    }),
  ]);
}

function lateStorage({ name, newestGood }: DestinationFact, { rpoHours, now }: Standing): Concern {
  const found = newestGood === undefined ? 'there is none' : `the newest is ${old(newestGood.time, now)}`;
  const text = `the storage ${name} has no good set younger than ${rpoHours} h: ${found}`;
  return { level: 'WARN', text, mend: `holdfast copy --to ${name}` };
}

function silentStorage({ name, failure }: DestinationFact): Concern {
  const text = `the storage ${name} cannot be asked: ${firstLine(failure?.message)}`;
  return { level: 'WARN', text, mend: 'holdfast doctor' };
}

/** What the newest run of each verb came to, where nobody sat before it or a set did not pass. */
function lastRuns({ runs, now, proof }: Standing): Concern[] {
  return (['backup', 'verify', 'drill'] as const).flatMap((command) => {
    const last = runs.findLast((run) => run.command === command && run.result && run.result.outcome !== 'skipped');
    // A drill's verdict is told by its own rules.
    if (last === undefined || last === proof.lastDrill?.run || !isConcern(last)) return [];
    const text = `the last ${command} run: ${wordRun(last, now)}`;
    return [{ level: 'WARN', text, mend: `holdfast logs ${last.run}` } satisfies Concern];
  });
}

function isConcern({ command, schedule, result }: RunRecord): boolean {
  if (result === undefined || result.outcome === 'good') return false;
  if (schedule !== undefined || result.exitCode === EXIT.unproven) return true;
  // Who ended it by hand knows.
  return command === 'backup' && result.outcome !== 'interrupted';
}

function proofs({ proof, now }: Standing): Concern[] {
  const { newest, lastDrill, targetDays } = proof;
  const found: Concern[] = [];
  if (lastDrill?.drill.verdict === 'UNVERIFIABLE' && (newest === undefined || newest.at < lastDrill.at)) {
    const text = `the last drill, ${ago(lastDrill.at, now)}, could not tell whether the set can be restored${reasonOf(lastDrill.result)}`;
    found.push({ level: 'WARN', text, mend: `holdfast logs ${lastDrill.run.run}` });
  }
  const text = staleProof(proof, now);
  if (text !== undefined)
    found.push({ level: 'WARN', text: `${text}; the target is ${targetDays} d`, mend: 'holdfast drill' });
  return found;
}

function staleProof({ newest, targetDays, isExpected }: ProofFact, now: Date): string | undefined {
  if (newest === undefined) return isExpected ? 'no set was ever proven by a restore' : undefined;
  const age = now.getTime() - newest.at.getTime();
  return age > targetDays * DAY ? `the last proof by a restore is ${wordAge(age)} old` : undefined;
}

function restoreTime({ proof: { lastPass }, rtoMinutes, now }: Standing): Concern[] {
  if (lastPass === undefined || rtoMinutes === undefined) return [];
  const { restoreMilliseconds, bytes } = lastPass.drill;
  if (restoreMilliseconds <= rtoMinutes * MINUTE) return [];
  const took = `${wordDuration(restoreMilliseconds)} for ${wordBytes(bytes)}, measured ${ago(lastPass.at, now)}`;
  const text = `a restore takes ${took}; the RTO is ${rtoMinutes} min`;
  return [{ level: 'WARN', text, mend: 'see "A restore that takes too long" in docs/status.md' }];
}

function sizes({ sources, runs }: Standing): Concern[] {
  const shrunk = sources.filter(({ state, shrunk: found }) => state !== 'gone' && found !== undefined);
  const known = new Set(shrunk.map(({ source }) => source));
  const last = runs.findLast(({ command, result }) => command === 'backup' && result && result.outcome !== 'skipped');
  // The last run judged sizes as well: one of the two is enough.
  const told = (last?.result?.suspicions ?? []).filter((text) => !known.has(text.split(' ', 1)[0] ?? ''));
  return [...shrunk.flatMap(({ shrunk: found }) => found?.text ?? []), ...told].map((text) => ({
    level: 'WARN',
    text,
    mend: 'holdfast list',
  }));
}

function unfinished({ unfinished: all, now }: Standing): Concern[] {
  return all
    .filter(({ isLeft }) => isLeft)
    .map(({ storage, set, bytes, changed }) => ({
      level: 'WARN',
      text: `the set ${set} in ${storage} was left unfinished ${ago(changed, now)} (${wordBytes(bytes)})`,
      mend: 'holdfast backup, which removes what was left',
    }));
}

function firstLine(text: string | undefined): string {
  return (text ?? '').split('\n', 1)[0] ?? '';
}

function old(time: Date, now: Date): string {
  return wordOld(now.getTime() - time.getTime());
}

function ago(time: Date, now: Date): string {
  return wordAgo(now.getTime() - time.getTime());
}
