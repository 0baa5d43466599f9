import { startContainer } from './containers.ts';
import { engineContract } from './engines.ts';
import { containers } from './engines-containers.ts';
import { lab } from './engines-lab.ts';
import { liars } from './engines-liars.ts';

await engineContract(
  'podman, debian',
  () => startContainer('podman', 'debian'),
  { bytes: 2 ** 30 },
  (subject) => {
    liars(subject);
    lab(subject);
    containers(subject);
  },
);
await engineContract('podman, busybox', () => startContainer('podman', 'busybox'), { bytes: 2 ** 27 }, containers);
