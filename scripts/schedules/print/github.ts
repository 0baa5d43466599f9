import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { shellWord } from '../../common/shell-word.ts';
import { cronText } from '../cron-text.ts';
import type { Job } from '../schedule.ts';

/** The workflow that stands in this repository: what is printed differs from it in times and commands alone. */
const TEMPLATE = new URL('../../../.github/workflows/backup.yml', import.meta.url);

/** The command of the template, which the schedule's own takes the place of. */
const COMMAND = /^holdfast backup$/m;

/** GitHub ends a job after six hours. */
const MOST_MINUTES = 360;

/** GitHub starts no workflow more often. Minutes. */
const SHORTEST_GAP = 5;

const HEADER = `
 Put this into .github/workflows/holdfast.yaml of the repository that holds your .env or holdfast.yaml.
 The variable HOLDFAST_REPOSITORY (owner/name) tells where Holdfast is; secrets are named below and kept by GitHub.
 The machine is thrown away afterwards: without a bucket the set is kept as an artifact for 30 days. GitHub may start
 late, and stops schedules of a public repository in which nothing happens for 60 days: have an eye on the age of the
 newest set. docs/github-actions.md tells more.`;

/** The text of a GitHub Actions workflow with a job for each schedule. It names secrets and holds none. */
export function githubWorkflow(jobs: readonly Job[]): string {
  const workflow = parseDocument(readFileSync(TEMPLATE, 'utf8'));
  const template = workflow.getIn(['jobs', 'backup'], true);
  if (!isMap(template)) throw new Error(`"${TEMPLATE.pathname}" has no job "backup"`);
  const times = [...new Set(jobs.map(githubTime))];
  workflow.commentBefore = [HEADER.slice(1), ...jobs.flatMap(notesOn)].join('\n');
  dropComment(workflow);
  workflow.set('name', 'holdfast');
  workflow.setIn(['on', 'schedule'], workflow.createNode(times.map((cron) => ({ cron }))));
  workflow.set('jobs', workflow.createNode({}));
  for (const [index, job] of jobs.entries()) {
    const own = githubJob(job, template, workflow);
    const before = jobs[index - 1];
    if (before !== undefined) waitFor(before, own);
    workflow.setIn(['jobs', jobKey(job)], own);
  }
  return workflow.toString({ lineWidth: 0 });
}

/** What the template says of itself at its top. */
function dropComment({ contents }: Document): void {
  const first = isMap(contents) ? contents.items[0]?.key : undefined;
  if (isScalar(first)) first.commentBefore = null;
}

/** GitHub starts all jobs of a workflow side by side, and runs must not meet. One that failed stops no other. */
function waitFor(before: Job, own: YAMLMap): void {
  own.set('needs', jobKey(before));
  own.set('if', `\${{ !cancelled() }}`);
}

function githubJob(job: Job, template: YAMLMap, workflow: Document): YAMLMap {
  const own = template.clone() as YAMLMap;
  own.set('timeout-minutes', Math.min(MOST_MINUTES, Math.ceil(job.timeoutSeconds / 60)));
  const work = stepOf(own, 'work');
  if (!COMMAND.test(String(work.get('run')))) throw new Error(`"${TEMPLATE.pathname}" does not run "holdfast backup"`);
  const command = ['holdfast', ...job.command.slice(1)].map(shellWord).join(' ');
  work.set('name', `Run the schedule ${job.name}`);
  work.set('run', workflow.createNode(String(work.get('run')).replace(COMMAND, () => command)));
  // Each job keeps its set under a name of its own.
  stepOf(own, 'keep').setIn(['with', 'name'], `holdfast-sets-${jobKey(job)}`);
  return own;
}

function stepOf(job: YAMLMap, id: string): YAMLMap {
  const steps = job.get('steps');
  const found = isSeq(steps) ? steps.items.find((step) => isMap(step) && step.get('id') === id) : undefined;
  if (!isMap(found)) throw new Error(`"${TEMPLATE.pathname}" has no step "${id}"`);
  return found;
}

/** Minutes that are closer together than GitHub allows become every fifth one; the command decides what is due. */
function githubTime({ time }: Job): string {
  const text = cronText(time);
  return isTooDense(time.minutes) ? text.replace(/^\S+/, `*/${SHORTEST_GAP}`) : text;
}

function isTooDense(minutes: readonly number[]): boolean {
  return minutes.some((minute, index) => index > 0 && minute - (minutes[index - 1] ?? 0) < SHORTEST_GAP);
}

function notesOn(job: Job): string[] {
  const { name, time, timezone } = job;
  const zone = timezone ?? 'of the machine that printed this';
  const utc = ` "${name}": GitHub's times are UTC; the settings say "${time.text}" in the time zone ${zone}.`;
  const dense = ` "${name}": GitHub starts nothing more often than every ${SHORTEST_GAP} minutes.`;
  return [...(timezone === 'UTC' ? [] : [utc]), ...(isTooDense(time.minutes) ? [dense] : [])];
}

/** GitHub allows letters, digits, "-" and "_", and no digit in front. */
function jobKey({ name }: Job): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '-').replace(/^(?![A-Za-z_])/, '_');
}
