/** Peak memory of a program and of all that it starts, from /proc (Linux). */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Milliseconds between two looks. */
const EVERY = 20;

/** Peaks in bytes: of our own processes (node), and of what they had started (container clients, and the tools in the containers). */
export interface Peaks {
  readonly own: number;
  readonly others: number;
}

/**
 * Runs a program and watches its tree. `containers` are the process ids of the containers' first processes: what
 * runs there and is no child of the server counts as a tool. Throws when the program does not end with 0.
 */
export async function watchMemory(
  command: readonly [string, ...string[]],
  options: { cwd: string; env: NodeJS.ProcessEnv; containers: readonly number[] },
): Promise<Peaks> {
  const [program, ...words] = command;
  const child = spawn(program, words, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'ignore', 'pipe'] });
  let remarks = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    remarks = (remarks + text).slice(-4000);
  });
  const watch = new Watch(child.pid ?? 0, options.containers);
  const timer = setInterval(() => watch.look(), EVERY);
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`"${command.join(' ')}" ended with ${code}:\n${remarks}`);
  return watch.peaks();
}

type Side = 'ours' | 'tool' | 'foreign';

class Watch {
  readonly #root: number;
  readonly #spaces: ReadonlySet<string>;
  readonly #servers: ReadonlySet<number>;
  /** Decided when a process is first seen: later its parent may be gone. */
  readonly #sides = new Map<number, Side>();
  /** Node processes of the last look. A child between fork and exec looks like a second one of its parent for a moment. */
  #nodes = new Set<number>();
  #own = 0;
  #others = 0;

  constructor(root: number, containers: readonly number[]) {
    this.#root = root;
    this.#servers = new Set(containers);
    this.#spaces = new Set(containers.map((pid) => spaceOf(pid) ?? '').filter(Boolean));
  }

  peaks(): Peaks {
    return { own: this.#own, others: this.#others };
  }

  look(): void {
    let own = 0;
    let others = 0;
    const nodes = new Set<number>();
    for (const pid of livingProcesses()) {
      const side = this.#sideOf(pid);
      const memory = side === 'foreign' ? undefined : memoryOf(pid);
      if (memory === undefined) continue;
      if (side === 'tool' || !isNode(pid)) others += memory.now;
      else {
        nodes.add(pid);
        if (!this.#nodes.has(pid)) continue;
        own += memory.now;
        this.#own = Math.max(this.#own, memory.peak);
      }
    }
    this.#nodes = nodes;
    this.#own = Math.max(this.#own, own);
    this.#others = Math.max(this.#others, others);
  }

  #sideOf(pid: number): Side {
    const known = this.#sides.get(pid);
    if (known !== undefined) return known;
    const side = this.#decide(pid);
    this.#sides.set(pid, side);
    return side;
  }

  #decide(pid: number): Side {
    if (pid === this.#root) return 'ours';
    const parent = parentOf(pid);
    if (this.#servers.has(pid) || parent === undefined) return 'foreign';
    if (this.#sides.get(parent) === 'ours') return 'ours';
    // a child of the server is the server; what came in from outside, or descends from that, is a tool
    const space = spaceOf(pid);
    if (space === undefined || !this.#spaces.has(space)) return 'foreign';
    const inside = spaceOf(parent) === space;
    return inside ? this.#sideOf(parent) : 'tool';
  }
}

function livingProcesses(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function parentOf(pid: number): number | undefined {
  const text = read(`/proc/${pid}/stat`);
  // the name, in brackets, may hold anything
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? undefined : Number(fields[1]);
}

function memoryOf(pid: number): { now: number; peak: number } | undefined {
  const text = read(`/proc/${pid}/status`);
  const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text ?? '')?.[1] ?? 0);
  return text === undefined ? undefined : { now: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 };
}

function isNode(pid: number): boolean {
  return basename(link(`/proc/${pid}/exe`) ?? '').startsWith('node');
}

function spaceOf(pid: number): string | undefined {
  return link(`/proc/${pid}/ns/pid`);
}

/** Undefined when the process has ended meanwhile, or is none of ours to look at. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
