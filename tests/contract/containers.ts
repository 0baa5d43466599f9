/** Throw-away containers for the contract suites of the engines. */
import { randomBytes } from 'node:crypto';
import { allEngines } from '../../scripts/engines/select.ts';
import { containerCli, type EngineName } from '../stack/container-cli.ts';
import type { EngineSubject } from './engines.ts';
import { ensureImage, type ImageKind, idleCommand } from './images.ts';

/** Labels that a test looks for; the first would fall apart at its commas in the list of "docker ps". */
export const LABELS = { 'test.commas': 'one,two=three,four', 'com.docker.compose.service': 'contract' };

/** Starts a container without a network and gives what the contract needs to know of it. */
export async function startContainer(engine: EngineName, kind: ImageKind, dockerHost?: string): Promise<EngineSubject> {
  const cli = containerCli(engine, dockerHost);
  const image = await ensureImage(engine, kind, dockerHost);
  const service = `holdfast-contract-${engine}-${kind}-${randomBytes(4).toString('hex')}`;
  const labels = Object.entries(LABELS).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
  const flags = ['-d', '--name', service, '--network', 'none', '-e', 'CONTRACT=a=b', ...labels];
  await cli.run(['run', ...flags, image, ...idleCommand(kind)]);
  const environment = { ...process.env, ...cli.environment };
  const found = allEngines(environment).find(({ name }) => name === engine);
  if (!found) throw new Error(`no engine "${engine}"`);
  return {
    engine: found,
    environment,
    service,
    image,
    restart: async () => void (await cli.run(['restart', '-t', '0', service])),
    stop: async () => void (await cli.run(['stop', '-t', '0', service])),
    orphans: async () => {
      const log = await cli.run(['logs', service]);
      return log.split('\n').filter((line) => /^orphan (?!0$|256$)/.test(line));
    },
    remove: async () => void (await cli.run(['rm', '-f', '-v', service])),
  };
}
