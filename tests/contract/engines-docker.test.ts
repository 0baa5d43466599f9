import { after } from 'node:test';
import { engineWorks } from '../stack/container-cli.ts';
import { startDockerd } from '../stack/dockerd.ts';
import { startContainer } from './containers.ts';
import { engineContract, skipped } from './engines.ts';
import { containers } from './engines-containers.ts';
import { lab } from './engines-lab.ts';
import { liars } from './engines-liars.ts';

/** The machine's own docker when it answers, else one that ends with this file. */
async function daemon(): Promise<string | undefined> {
  if (await engineWorks('docker')) return undefined;
  const { dockerHost, stop } = await startDockerd();
  after(stop);
  return dockerHost;
}

const host = await daemon().catch((error: Error) => error);
if (host instanceof Error) {
  skipped('engine docker', host);
} else {
  await engineContract(
    'docker, debian',
    () => startContainer('docker', 'debian', host),
    { bytes: 2 ** 30 },
    (subject) => {
      liars(subject);
      lab(subject);
      containers(subject);
    },
  );
  await engineContract(
    'docker, busybox',
    () => startContainer('docker', 'busybox', host),
    { bytes: 2 ** 27 },
    containers,
  );
}
