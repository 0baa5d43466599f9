/** A small machine in a container with a real systemd as its first process, for what schedulers do there. */
import { randomBytes } from 'node:crypto';
import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerCli } from './container-cli.ts';
import { missingForPackages } from './host.ts';
import { RunError, run } from './run.ts';
import { machineImage } from './systemd-image.ts';

const root = new URL('../..', import.meta.url).pathname;

/** Where the machine has a Node that runs TypeScript. */
export const MACHINE_NODE = '/usr/local/bin/node';

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly text: string;
}

/** A machine that a test has for itself. */
export interface Machine extends AsyncDisposable {
  readonly container: string;
  /** Runs sh in it; throws unless it ends with 0. Gives what it printed. */
  sh(script: string, options?: { readonly user?: string; readonly input?: string }): Promise<string>;
  /** The same, with any exit code; what it said on stderr is part of the text. */
  try(script: string, options?: { readonly user?: string }): Promise<Ended>;
  /** A power cycle: everything is ended, files stay, systemd starts anew. `asleep` runs while it is off. */
  restart(asleep?: () => Promise<void>): Promise<void>;
}

/** Why no such machine can run here; undefined when one can. */
export async function whyNoMachine(): Promise<string | undefined> {
  const lacks = (await missingForPackages()).filter((what) => !what.startsWith('Go'));
  return lacks.length > 0 ? `needs ${lacks.join(', ')}` : undefined;
}

/**
 * Starts a machine without a network. It sees this checkout at its own path, unable to change it, and has the account
 * "app" (1000). `word` is part of its name.
 */
export async function startMachine(word: string): Promise<Machine> {
  const image = await machineImage();
  const cli = containerCli('podman');
  const project = process.env.HOLDFAST_STACK_PROJECT ?? 'holdfast-stack';
  const container = `${project}-machine-${word}-${randomBytes(3).toString('hex')}`;
  const mounts = mountsOf().flatMap(([from, to]) => ['-v', `${from}:${to}:ro`]);
  // "always": podman prepares what systemd wants of a container, whatever the first process is called.
  const words = ['--systemd=always', '--privileged', '--network=none', '--hostname', 'machine', ...mounts];
  await cli.run(['run', '-d', '--name', container, ...words, image, '/sbin/init']);
  const machine = machineOf(container);
  try {
    await untilUp(machine);
    await machine.sh('useradd --create-home --uid 1000 --shell /bin/bash app');
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
  return machine;
}

function machineOf(container: string): Machine {
  const cli = containerCli('podman');
  const sh: Machine['sh'] = async (script, { user = 'root', input } = {}) => {
    const stdin = input === undefined ? [] : ['-i'];
    const words = ['exec', ...stdin, '--user', user, container, 'sh', '-c', script];
    return await cli.run(words, input === undefined ? {} : { input });
  };
  const attempt: Machine['try'] = async (script, options) => {
    try {
      return { code: 0, text: await sh(`{ ${script}\n} 2>&1`, options) };
    } catch (error) {
      if (!(error instanceof RunError) || error.code === null) throw error;
      return { code: error.code, text: error.stderr };
    }
  };
  const machine: Machine = {
    container,
    sh,
    try: attempt,
    restart: async (asleep) => {
      await cli.run(['stop', '-t', '10', container]);
      await asleep?.();
      await cli.run(['start', container]);
      await untilUp(machine);
    },
    [Symbol.asyncDispose]: async () => void (await cli.run(['rm', '-f', '-v', '-t', '0', container])),
  };
  return machine;
}

/** This checkout, the Node that runs this, and the one that the launcher has chosen, when it lies elsewhere. */
function mountsOf(): (readonly [from: string, to: string])[] {
  const own = `${root}.toolchain/node`;
  const chosen = existsSync(own) ? realpathSync(own) : undefined;
  // The link may lead through another one, as package managers and version managers make them.
  const named = chosen === undefined ? '' : resolve(dirname(own), readlinkSync(own));
  const elsewhere = chosen !== undefined && !named.startsWith(root) ? [[chosen, named] as const] : [];
  return [[root, root], [realpathSync(process.execPath), MACHINE_NODE], ...elsewhere];
}

async function untilUp({ container, try: attempt }: Machine): Promise<void> {
  let state = '';
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
    state = (await attempt('systemctl is-system-running')).text.trim();
    if (state === 'running' || state === 'degraded') return;
  }
  throw new Error(
    `systemd in "${container}" does not come up: "${state}"; ${await run('podman', ['logs', container])}`,
  );
}
