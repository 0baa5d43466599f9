import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Long enough for `ps` on a machine that is busy with a backup; milliseconds. */
const ASK_TIMEOUT = 5000;

/** What `ps` needs to print the same text for the same process every time. */
const PLAIN_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' };

/** Which process on which machine: enough to tell whether it is still there. Unknown facts are empty texts. */
export interface ProcessIdentity {
  readonly host: string;
  /** Another one after every start of the machine. Containers share it with their machine. */
  readonly bootId: string;
  /** The space in which the process number counts: another one in every container. */
  readonly pidSpace: string;
  readonly pid: number;
  /** Tells two processes apart that had the same number one after the other. */
  readonly processStart: string;
}

/** Who we are. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const [bootId, pidSpace, processStart] = await Promise.all([readBootId(), readPidSpace(), startOf(process.pid)]);
  return { host: hostname(), bootId, pidSpace, pid: process.pid, processStart: processStart ?? '' };
}

/** Is a process of our own machine and pid space still running? "unknown" when the system does not tell. */
export async function processState(pid: number, processStart: string): Promise<'running' | 'gone' | 'unknown'> {
  if (!isThere(pid)) return 'gone';
  const found = await startOf(pid);
  if (found === undefined) return isThere(pid) ? 'unknown' : 'gone';
  if (processStart === '') return 'unknown';
  return found === processStart ? 'running' : 'gone';
}

function isThere(pid: number): boolean {
  // 0 and negative numbers mean whole groups of processes.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else. ESRCH: it is not.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The process's start as the system writes it; undefined when that cannot be read; "dead" for one that nobody has waited for. */
async function startOf(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? await linuxStartOf(pid) : await psStartOf(pid);
}

/** proc(5): field 22 of /proc/<pid>/stat, in ticks since boot; the name in field 2 may hold blanks and brackets. */
async function linuxStartOf(pid: number): Promise<string | undefined> {
  const stat = await unlessUnreadable(readFile(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  const dead = fields[0] === 'Z' || fields[0] === 'X';
  return dead ? 'dead' : fields[19];
}

async function psStartOf(pid: number): Promise<string | undefined> {
  const options = { env: PLAIN_ENVIRONMENT, timeout: ASK_TIMEOUT };
  const answer = await unlessUnreadable(run('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], options));
  return answer?.stdout.trim();
}

/** Linux: random.c, one for each boot. macOS: a boot's own id; `kern.boottime` moves when the clock is set. */
async function readBootId(): Promise<string> {
  if (process.platform === 'linux') {
    return (await unlessUnreadable(readFile('/proc/sys/kernel/random/boot_id', 'utf8')))?.trim() ?? '';
  }
  const options = { env: PLAIN_ENVIRONMENT, timeout: ASK_TIMEOUT };
  return (
    (await unlessUnreadable(run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], options)))?.stdout.trim() ?? ''
  );
}

async function readPidSpace(): Promise<string> {
  return process.platform === 'linux' ? ((await unlessUnreadable(readlink('/proc/self/ns/pid'))) ?? '') : 'system';
}

/** What a system does not tell (another kind of system, /proc hidden or not mounted) is left open, and judged by time. */
async function unlessUnreadable<Answer>(asking: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asking;
  } catch {
    return undefined;
  }
}
