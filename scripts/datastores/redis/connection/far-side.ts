import { Failure } from '../../../common/failure.ts';
import type { CallOptions } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';

/** What there is where the engine runs programs. */
export interface FarSide {
  /** The client program, and its version. */
  readonly cli: string;
  readonly cliVersion: string;
  /** The server program, for a second server beside the live one; undefined where there is none. */
  readonly server: string | undefined;
  /** The program that checks RDB files. */
  readonly check: string | undefined;
  /** The words that the container was started with. May hold a password: never print them. */
  readonly commandLine: readonly string[];
}

/** One call for all: starting a program in a container costs a fifth of a second. Runs in dash and busybox. */
const LOOK = `
for kind in cli server check-rdb; do
  for product in redis valkey keydb; do
    path=$(command -v "$product-$kind") || continue
    printf '=%s %s\\n' "$kind" "$path"
    [ "$kind" != cli ] || printf '=version %s\\n' "$("$path" --version </dev/null)"
    break
  done
done
printf '=words\\n'
[ -z "$1" ] || tr '\\0' '\\n' </proc/1/cmdline 2>/dev/null
exit 0
`;

/** Looks for the programs. Throws Failure "tool-missing" without a client. */
export async function askFarSide(address: ServerAddress, options: CallOptions): Promise<FarSide> {
  const argv = ['sh', '-c', LOOK, 'sh', address.service] as const;
  const { stdout } = await address.engine.run(address.service, { argv }, options);
  const [found = '', words = ''] = stdout.split('=words\n');
  const line = (name: string): string | undefined => new RegExp(`^=${name} (.*)$`, 'm').exec(found)?.[1];
  const cli = line('cli');
  if (cli === undefined) throw missing(address);
  return {
    cli,
    cliVersion: /(\d+\.\d+(\.\d+)?)/.exec(line('version') ?? '')?.[1] ?? '0.0',
    server: line('server'),
    check: line('check-rdb'),
    commandLine: words.split('\n').filter((word) => word !== ''),
  };
}

function missing({ service, label }: ServerAddress): Failure {
  return new Failure('tool-missing', {
    message: `there is no redis-cli ${service === '' ? 'on this machine' : `in ${label}`}`,
    hint:
      service === ''
        ? 'install redis-tools (or valkey-tools)'
        : 'install redis-tools on this machine and set REDIS_URL to an address that it reaches',
  });
}
