import { Document } from 'yaml';
import { shellWord } from '../../common/shell-word.ts';
import { cronText } from '../cron-text.ts';
import type { Job } from '../schedule.ts';

/** The names of secrets that most set-ups need; the workflow takes them from the repository's secrets. */
const USUAL_SECRETS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'POSTGRES_URL', 'MONGO_URL'];

/** GitHub ends a job after six hours. */
const MOST_MINUTES = 360;

/** GitHub starts no workflow more often. Minutes. */
const SHORTEST_GAP = 5;

const HEADER = `
 Put this into .github/workflows/holdfast.yaml of the repository that holds your .env or holdfast.yaml.
 The variable HOLDFAST_REPOSITORY (owner/name) tells where Holdfast is; secrets are named below and kept by GitHub.
 Sets must go to a storage elsewhere, as the machine is thrown away afterwards. GitHub may start late, and stops
 schedules of a repository in which nothing happens for 60 days: have an eye on the age of the newest set.`;

/** The text of a GitHub Actions workflow with a job for each schedule. `secrets` are names, never values. */
export function githubWorkflow(jobs: readonly Job[], secrets: readonly string[] = USUAL_SECRETS): string {
  const times = [...new Set(jobs.map(githubTime))];
  const workflow = new Document({
    name: 'holdfast',
    on: { schedule: times.map((cron) => ({ cron })), workflow_dispatch: {} },
    permissions: { contents: 'read' },
    // Two runs never meet.
    concurrency: { group: 'holdfast', 'cancel-in-progress': false },
    jobs: Object.fromEntries(jobs.map((job) => [jobKey(job), githubJob(job, secrets)])),
  });
  workflow.commentBefore = [HEADER.slice(1), ...jobs.flatMap(notesOn)].join('\n');
  return workflow.toString({ lineWidth: 0 });
}

function githubJob(job: Job, secrets: readonly string[]): Record<string, unknown> {
  const command = ['.holdfast/holdfast', ...job.command.slice(1)].map(shellWord).join(' ');
  return {
    'runs-on': 'ubuntu-latest',
    'timeout-minutes': Math.min(MOST_MINUTES, Math.ceil(job.timeoutSeconds / 60)),
    env: Object.fromEntries(secrets.map((name) => [name, `\${{ secrets.${name} }}`])),
    steps: [
      { uses: 'actions/checkout@v4' },
      { uses: 'actions/checkout@v4', with: { repository: `\${{ vars.HOLDFAST_REPOSITORY }}`, path: '.holdfast' } },
      { run: command },
    ],
  };
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
