import { Failure } from '../../../common/failure.ts';
import type { CallOptions } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';

/** The programs of the mongo tools that we run. */
export type Tool = 'mongodump' | 'mongorestore';

/**
 * Asks both tools for their version, where the engine runs them. mongodump must be there; a missing mongorestore is only
 * left out of the answer, since a backup does not need it. Throws Failure "tool-missing" or "version".
 */
export async function findTools(address: ServerAddress, options: CallOptions): Promise<Record<string, string>> {
  const [dump, restore] = await Promise.all([
    versionOf('mongodump', address, options),
    versionOf('mongorestore', address, options).catch(forgiveMissing),
  ]);
  return { mongodump: dump, ...(restore === undefined ? {} : { mongorestore: restore }) };
}

async function versionOf(tool: Tool, address: ServerAddress, options: CallOptions): Promise<string> {
  const { code, stdout, stderr } = await runVersion(tool, address, options);
  const version = /version:\s*(\S+)/.exec(stdout)?.[1];
  if (code !== 0 || version === undefined) {
    throw new Failure('tool-failed', { message: `"${tool} --version" ended with code ${code}`, detail: stderr.trim() });
  }
  if (!takesConfig(version)) {
    throw new Failure('version', {
      message: `${tool} of ${address.label} is version ${version}, expected 100.3.0 or later`,
      detail: 'older ones take a password only from their argument list, where everyone can read it',
    });
  }
  return version;
}

async function runVersion(tool: Tool, address: ServerAddress, options: CallOptions) {
  try {
    return await address.engine.run(address.service, { argv: [tool, '--version'] }, options);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'tool-missing') throw error;
    throw new Failure('tool-missing', {
      message: `there is no ${tool} ${address.service === '' ? 'on this machine' : `in ${address.label}`}`,
      detail: error.detail,
      hint: 'install the MongoDB Database Tools on this machine and set MONGO_URL',
      cause: error,
    });
  }
}

/** `--config` came with 100.3.0. Builds without a version number are recent ones made from source. */
function takesConfig(version: string): boolean {
  const parts = /^r?(\d+)\.(\d+)/.exec(version);
  if (parts === null) return true;
  return Number(parts[1]) > 100 || (Number(parts[1]) === 100 && Number(parts[2]) >= 3);
}

function forgiveMissing(error: unknown): undefined {
  if (error instanceof Failure && error.code === 'tool-missing') return undefined;
  throw error;
}
