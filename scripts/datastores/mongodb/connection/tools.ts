import { Failure } from '../../../common/failure.ts';
import type { CallOptions, RunResult } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';

/** The programs of the mongo tools that we run. */
export type Tool = 'mongodump' | 'mongorestore';

/** What there is where the engine runs programs. */
export interface FarSide {
  /** Versions by tool; without mongorestore where that is missing, since a backup does not need it. */
  readonly tools: Readonly<Record<string, string>>;
  /** True when there is a bash to build a tunnel with. */
  readonly hasBash: boolean;
}

/** One call for all: starting a program in a container costs a fifth of a second of processor. Runs in dash and busybox. */
const LOOK = `
for tool in mongodump mongorestore; do
  printf '=%s\\n' "$tool"
  "$tool" --version </dev/null
  printf '=code %s\\n' "$?"
done
bash -c : </dev/null 2>/dev/null && printf '=bash\\n'
exit 0
`;

/** Asks both tools for their version and looks for bash. Throws Failure "tool-missing", "tool-failed" or "version". */
export async function askFarSide(address: ServerAddress, options: CallOptions): Promise<FarSide> {
  const result = await address.engine.run(address.service, { argv: ['sh', '-c', LOOK] }, options);
  const dump = versionOf('mongodump', address, result);
  if (dump === undefined) throw missing('mongodump', address);
  const restore = versionOf('mongorestore', address, result);
  const tools = { mongodump: dump, ...(restore === undefined ? {} : { mongorestore: restore }) };
  return { tools, hasBash: result.stdout.endsWith('=bash\n') };
}

/** Undefined when the tool is not there or cannot be executed, by the codes of the shell. */
function versionOf(tool: Tool, { label }: ServerAddress, { stdout, stderr }: RunResult): string | undefined {
  const [, words = '', code] = new RegExp(`^=${tool}\\n([^]*?)^=code (\\d+)$`, 'm').exec(stdout) ?? [];
  if (code === '126' || code === '127') return undefined;
  const version = /version:\s*(\S+)/.exec(words)?.[1];
  if (code !== '0' || version === undefined) {
    throw new Failure('tool-failed', { message: `"${tool} --version" ended with code ${code}`, detail: stderr.trim() });
  }
  if (takesConfig(version)) return version;
  throw new Failure('version', {
    message: `${tool} of ${label} is version ${version}, expected 100.3.0 or later`,
    detail: 'older ones take a password only from their argument list, where everyone can read it',
  });
}

function missing(tool: Tool, { service, label }: ServerAddress): Failure {
  return new Failure('tool-missing', {
    message: `there is no ${tool} ${service === '' ? 'on this machine' : `in ${label}`}`,
    hint: 'install the MongoDB Database Tools on this machine and set MONGO_URL',
  });
}

/** `--config` came with 100.3.0. Builds without a version number are recent ones made from source. */
function takesConfig(version: string): boolean {
  const parts = /^r?(\d+)\.(\d+)/.exec(version);
  if (parts === null) return true;
  return Number(parts[1]) > 100 || (Number(parts[1]) === 100 && Number(parts[2]) >= 3);
}
