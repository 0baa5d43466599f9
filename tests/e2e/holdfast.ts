import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Stack } from '../stack/stack.ts';

const launcher = new URL('../../holdfast', import.meta.url).pathname;

/** How a run of the real program ended. */
export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A source in a manifest: one that was taken has artifacts, one that is absent a reason. */
export interface NamedSource {
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
  readonly engine: string;
  readonly artifacts: readonly { readonly path: string }[];
  readonly fingerprint: { readonly counts: Readonly<Record<string, number>> };
}

/** What the verbs print with --json; each fills in its own part, and a test reads what it asked for. */
export interface Answer {
  readonly set: string;
  readonly manifest: Readonly<Record<'sources' | 'skipped' | 'failed', readonly NamedSource[]>>;
  readonly sources: readonly { readonly source: string; readonly state: string }[];
  readonly entries: { readonly name: string; readonly state: string; readonly proof?: string }[];
  readonly sets: readonly { readonly set: string; readonly level: string; readonly problems: readonly string[] }[];
  readonly decisions: readonly { readonly set: string; readonly action: string; readonly text: string }[];
  readonly pruned: readonly string[];
  readonly removed: readonly string[];
  readonly dryRun: boolean;
  readonly error: Readonly<Record<'code' | 'message' | 'detail' | 'stands' | 'hint', string>>;
}

/** A project's folder: the current folder of the program under test, with settings that choose the servers of the stack. */
export interface Project extends AsyncDisposable {
  readonly folder: string;
  readonly backups: string;
  /** Changes apply to every later run. Undefined takes a name away. */
  readonly environment: Record<string, string | undefined>;
  /** Starts the program; `child` for tests that kill it. */
  start(...words: string[]): { child: ReturnType<typeof spawn>; ended: Promise<Run> };
  /** Runs the program to its end. */
  run(...words: string[]): Promise<Run>;
  /** Runs with --json and gives what it printed. */
  json(...words: string[]): Promise<{ run: Run; value: Answer }>;
  /** Names in the backup folder, hidden ones included. */
  names(): Promise<string[]>;
}

/** Makes an empty project folder; nothing of this process's environment but PATH and HOME goes to the program. */
export async function openProject(stack?: Pick<Stack, 'postgres' | 'mongo'>): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'));
  const { PATH, HOME } = process.env;
  const environment: Project['environment'] = {
    PATH,
    HOME,
    BACKUP_ENVIRONMENT: 'test-shop',
    ...(stack
      ? {
          POSTGRES_CONTAINER: stack.postgres.container,
          MONGO_CONTAINER: stack.mongo.container,
          CONTAINER_CMD: stack.postgres.engine,
          // What else runs on this machine is not ours to restore over.
          BACKUP_DISCOVER: 'no',
        }
      : {}),
  };
  const start: Project['start'] = (...words) => {
    const child = spawn(launcher, words, {
      cwd: folder,
      env: environment as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    return { child, ended: collect(child) };
  };
  const run: Project['run'] = (...words) => start(...words).ended;
  return {
    folder,
    backups: join(folder, 'backups'),
    environment,
    start,
    run,
    json: async (...words) => {
      const ended = await run(...words, '--json');
      return { run: ended, value: JSON.parse(ended.stdout) };
    },
    names: async () => (await readdir(join(folder, 'backups')).catch(() => [])).filter(isEntry).sort(),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function collect(child: ReturnType<typeof spawn>): Promise<Run> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}

/** Beside the sets lies what the runs said, in a folder of a fixed name. */
function isEntry(name: string): boolean {
  return name !== 'logs';
}
