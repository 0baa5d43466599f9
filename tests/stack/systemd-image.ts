/** The image of a small Debian machine: systemd as its first process, cron, and PostgreSQL's programs. */
import { containerCli } from './container-cli.ts';
import { configurePodman, installPrograms, podmanPrograms } from './host.ts';
import { bookwormPostgres, type Tree, treeImage } from './image-recipes.ts';

/** Suites newer than this one carry a systemd that wants cgroup v2. */
const machine: Tree = {
  suite: 'bookworm',
  packages: ['systemd', 'systemd-sysv', 'dbus', 'dbus-user-session', 'libpam-systemd', 'cron', 'make', 'procps'],
  base: bookwormPostgres,
};

/** Its name as podman knows it. */
export const MACHINE_IMAGE = 'localhost/holdfast-stack/machine';

/** Makes the image unless podman holds it. */
export async function machineImage(): Promise<string> {
  await installPrograms(podmanPrograms);
  await configurePodman();
  await treeImage(containerCli('podman'), MACHINE_IMAGE, machine, ['ENV container=podman', 'CMD ["/sbin/init"]']);
  return MACHINE_IMAGE;
}
