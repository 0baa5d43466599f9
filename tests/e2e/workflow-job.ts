/** Runs the steps of a workflow that are commands the way a runner of GitHub does, without GitHub. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parse } from 'yaml';

/** A step as it is written; those that use an action have no `run`. */
interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A workflow as it is written. */
export interface Workflow {
  readonly on: { readonly schedule: readonly { readonly cron: string }[]; readonly workflow_dispatch: unknown };
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly 'timeout-minutes': number;
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly (Step & { readonly with?: Readonly<Record<string, unknown>> })[];
}

/** What came of a job. */
export interface JobEnd {
  /** Of the first step that failed; 0 when none did. */
  readonly code: number;
  /** What all steps printed. */
  readonly output: string;
  /** The Markdown that the steps wrote for the page of the run. */
  readonly summary: string;
}

/** Where the workflows of this repository are. */
export const WORKFLOWS = new URL('../../.github/workflows/', import.meta.url);

/** Reads a workflow of this repository. */
export async function readWorkflow(name: string): Promise<Workflow> {
  return parse(await readFile(new URL(name, WORKFLOWS), 'utf8')) as Workflow;
}

/**
 * Runs a job in a folder. `values`: what each expression is on that runner; one that is not named fails the test, so
 * that a workflow never asks for something that nobody thought of. `folders`: stand before the PATH.
 */
export async function runJob(
  job: Job,
  { folder, values, folders }: { folder: string; values: Readonly<Record<string, string>>; folders: readonly string[] },
): Promise<JobEnd> {
  const [temporary, paths, summary] = ['temp', 'paths', 'summary.md'].map((name) => join(folder, '..', name)) as [
    string,
    string,
    string,
  ];
  await mkdir(temporary, { recursive: true });
  for (const file of [paths, summary]) await writeFile(file, '');
  const fill = (environment: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, fillIn(text, values)]));
  const own = {
    ...{ HOME: process.env.HOME, GITHUB_REPOSITORY: 'shop/settings', RUNNER_TEMP: temporary },
    ...{ GITHUB_PATH: paths, GITHUB_STEP_SUMMARY: summary, ...fill(job.env) },
  };
  const end = { code: 0, output: '' };
  for (const step of job.steps) {
    const goesOn = end.code === 0 || /!cancelled\(\)|always\(\)/.test(step.if ?? '');
    if (step.run === undefined || !goesOn || !isWanted(step, own)) continue;
    const added = (await readFile(paths, 'utf8')).split('\n').filter(Boolean);
    const PATH = [...added.toReversed(), ...folders, process.env.PATH].join(':');
    const { code, output } = await bash(step.run, { folder, environment: { ...own, ...fill(step.env), PATH } });
    end.output += output;
    if (end.code === 0) end.code = code;
  }
  return { ...end, summary: await readFile(summary, 'utf8') };
}

function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return String(text).replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`the workflow asks for "${expression}"`);
    return value;
  });
}

/** The only condition that our steps have beside those on how the job goes. */
function isWanted({ if: condition = '' }: Step, environment: Readonly<Record<string, string | undefined>>): boolean {
  return !condition.includes("env.BACKUP_STORAGE == 'local'") || environment.BACKUP_STORAGE === 'local';
}

/** As a runner does for `shell: bash`. */
async function bash(
  script: string,
  { folder, environment }: { folder: string; environment: Readonly<Record<string, string | undefined>> },
): Promise<{ code: number; output: string }> {
  const words = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
  const child = spawn('bash', words, { cwd: folder, env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, output };
}
