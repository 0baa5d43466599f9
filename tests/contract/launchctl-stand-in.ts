/**
 * Stands in for macOS's launchctl, which has no twin elsewhere: as much of launchctl(1) and launchd.plist(5) as Holdfast
 * uses, with the exit codes and words that people report of the real one. Jobs really run, as the property list says.
 * State lies in the folder STAND_IN_STATE: a file for each loaded job, and one named "disabled".
 */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Loaded {
  readonly path: string;
  readonly list: Readonly<Record<string, unknown>>;
  readonly pid?: number | undefined;
  readonly runs: number;
  readonly exit?: number | undefined;
}

const state = process.env.STAND_IN_STATE ?? '';
const jobs = join(state, 'jobs');
mkdirSync(jobs, { recursive: true });

function end(code: number, words: string): never {
  if (words !== '') process.stderr.write(`${words}\n`);
  process.exit(code);
}

function readJob(label: string): Loaded | undefined {
  try {
    return JSON.parse(readFileSync(join(jobs, label), 'utf8')) as Loaded;
  } catch {
    return undefined;
  }
}

function writeJob(label: string, job: Loaded): void {
  writeFileSync(join(state, 'new'), JSON.stringify(job));
  renameSync(join(state, 'new'), join(jobs, label));
}

function disabled(): string[] {
  try {
    return readFileSync(join(state, 'disabled'), 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

/** "gui/501/com.x" -> "com.x"; the domain must be that of a person who is logged in. */
function labelOf(target = ''): string {
  const [, label = ''] = /^gui\/501(?:\/(.+))?$/.exec(target) ?? end(113, 'Could not find domain for user gui: 501');
  return label;
}

async function bootstrap(target: string, path: string): Promise<void> {
  labelOf(target);
  const { parse } = await import('plist');
  const list = parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const label = String(list.Label);
  if (disabled().includes(label)) end(119, `${path}: Service is disabled\nBootstrap failed: 119: Service is disabled`);
  if (readJob(label))
    end(5, 'Bootstrap failed: 5: Input/output error\nTry re-running the command as root for richer errors.');
  writeJob(label, { path, list, runs: 0 });
  if (list.RunAtLoad === true) kickstart(label);
}

/** The job runs under a second stand-in, which notes how it ended. */
function kickstart(label: string): void {
  const job = readJob(label) ?? end(113, `Could not find service "${label}" in domain for user gui: 501`);
  const child = spawn(process.execPath, [import.meta.filename, 'run', label], { detached: true, stdio: 'ignore' });
  writeJob(label, { ...job, runs: job.runs + 1, pid: child.pid });
  child.unref();
}

function runJob(label: string): void {
  const job = readJob(label);
  const [program = '', ...words] = (job?.list.ProgramArguments ?? []) as string[];
  const child = spawn(program, words, {
    cwd: String(job?.list.WorkingDirectory),
    env: job?.list.EnvironmentVariables as NodeJS.ProcessEnv,
    stdio: [
      'ignore',
      openSync(String(job?.list.StandardOutPath), 'a'),
      openSync(String(job?.list.StandardErrorPath), 'a'),
    ],
  });
  let taken = false;
  process.on('SIGTERM', () => {
    taken = true;
    child.kill('SIGTERM');
  });
  child.on('exit', (code) => {
    const now = taken ? undefined : readJob(label);
    if (now) writeJob(label, { ...now, pid: undefined, exit: code ?? 0 });
  });
}

function bootout(label: string): void {
  const job = readJob(label) ?? end(3, 'Boot-out failed: 3: No such process');
  if (job.pid !== undefined) process.kill(job.pid, 'SIGTERM');
  rmSync(join(jobs, label));
}

function print(label: string): void {
  if (label === '') return;
  const job = readJob(label) ?? end(113, `Bad request.\nCould not find service "${label}" in domain for user gui: 501`);
  const lines = [
    `\tactive count = ${job.pid === undefined ? 0 : 1}`,
    `\tpath = ${job.path}`,
    '\ttype = LaunchAgent',
    `\tstate = ${job.pid === undefined ? 'not running' : 'running'}`,
    '',
    '\tdefault environment = {\n\t\tPATH => /usr/bin:/bin:/usr/sbin:/sbin\n\t}',
    '\tdomain = gui/501 [100005]',
    `\truns = ${job.runs}`,
    ...(job.pid === undefined ? [] : [`\tpid = ${job.pid}`]),
    `\tlast exit code = ${job.exit ?? '(never exited)'}`,
    '\tevent triggers = {\n\t\tcom.x.268435469 => {\n\t\t\tstate = running\n\t\t}\n\t}',
  ];
  process.stdout.write(`gui/501/${label} = {\n${lines.join('\n')}\n}\n`);
}

const [verb, target = '', path = ''] = process.argv.slice(2);
if (verb === 'bootstrap') await bootstrap(target, path);
else if (verb === 'bootout') bootout(labelOf(target));
else if (verb === 'print') print(labelOf(target));
else if (verb === 'run') runJob(target);
else if (verb === 'kickstart') kickstart(labelOf(target));
else if (verb === 'disable') writeFileSync(join(state, 'disabled'), `${[...disabled(), labelOf(target)].join('\n')}\n`);
else if (verb === 'enable') {
  const rest = disabled().filter((label) => label !== labelOf(target));
  writeFileSync(join(state, 'disabled'), rest.map((label) => `${label}\n`).join(''));
} else if (verb === 'print-disabled') {
  const lines = disabled().map((label) => `\t\t"${label}" => disabled`);
  process.stdout.write(`\n\tdisabled services = {\n${lines.join('\n')}\n\t}\n`);
} else if (verb === 'list') {
  const lines = readdirSync(jobs).map(
    (label) => `${readJob(label)?.pid ?? '-'}\t${readJob(label)?.exit ?? 0}\t${label}`,
  );
  process.stdout.write(`PID\tStatus\tLabel\n${lines.join('\n')}\n`);
} else end(64, `Unrecognized subcommand: ${verb}`);
