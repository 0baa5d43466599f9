/** What this machine offers, and what the "packages" way adds to it. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { withLock } from './cache.ts';
import { run, works } from './run.ts';

/** True when the program is on the PATH. */
export function has(program: string): Promise<boolean> {
  return works('sh', ['-c', 'command -v "$1"', 'sh', program]);
}

/** What the "packages" way lacks on this machine; empty when it can be gone. */
export async function missingForPackages(): Promise<string[]> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const lacks: string[] = [];
  if (!/^ID=debian$/m.test(release)) lacks.push('Debian (12 or newer)');
  if (process.getuid?.() !== 0) lacks.push('root');
  if (!(await has('apt-get'))) lacks.push('apt-get');
  if (!(await has('go'))) lacks.push('Go (go.dev/dl)');
  return lacks;
}

/** Installs the Debian packages whose programs are not there yet. `wanted` maps program to package. */
export async function installPrograms(wanted: Readonly<Record<string, string>>): Promise<void> {
  await withLock('apt', async () => {
    const packages: string[] = [];
    for (const [program, name] of Object.entries(wanted)) {
      if (!(await has(program))) packages.push(name);
    }
    if (packages.length === 0) return;
    const options = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300'];
    await run('apt-get', ['update', ...options]);
    await run('apt-get', ['install', ...options, '--no-install-recommends', ...packages], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  });
}

/** The programs of the packages way. aardvark-dns and the like stay out: no name is ever looked up. */
export const podmanPrograms = {
  podman: 'podman',
  runc: 'runc',
  '/usr/lib/podman/netavark': 'netavark',
  iptables: 'iptables',
  debootstrap: 'debootstrap',
};

/*
 * crun cannot start containers where the limits of these machines are fixed from outside, and the
 * default limits are above what may be set there.
 */
const containersConf = `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]

[engine]
runtime = "runc"
`;

/** Tells podman to use runc. A file that is there already belongs to the machine's owner and stays. */
export async function configurePodman(): Promise<void> {
  const file = '/etc/containers/containers.conf';
  if (existsSync(file)) return;
  await mkdir('/etc/containers', { recursive: true });
  await writeFile(file, containersConf);
}

/** Where this machine gets its Debian packages from, so that no mirror is named in the project. */
export async function debianMirror(): Promise<string> {
  const format = '$(ORIGIN)|$(LABEL)|$(REPO_URI)';
  const lines = await run('apt-get', ['indextargets', '--format', format, 'Identifier: Packages']);
  const debian = lines.split('\n').map((line) => line.split('|'));
  const found = debian.find(([origin, label]) => origin === 'Debian' && label === 'Debian');
  if (!found?.[2]) throw new Error('no Debian mirror among the apt sources of this machine');
  return found[2];
}
