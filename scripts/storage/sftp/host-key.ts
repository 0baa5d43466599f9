import { readFile } from 'node:fs/promises';
import { Failure } from '../../common/failure.ts';
import { shellWord } from '../../common/shell-word.ts';
import {
  fingerprint,
  type HostVerdict,
  judgeHostKey,
  type KnownHost,
  keyType,
  knownKeyTypes,
  knownName,
  parseKnownHosts,
  SSH_PORT,
} from './known-hosts.ts';

/** The host key algorithms we speak, best first. SHA-1 ("ssh-rsa") and DSA are left out: they can be forged. */
const ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

/** One of the host key algorithms we speak. */
export type HostKeyAlgorithm = (typeof ALGORITHMS)[number];

/** Where a server is, and where its key is written down. */
export interface HostPlace {
  readonly host: string;
  readonly port: number;
  /** The known_hosts file. */
  readonly knownHosts: string;
}

/** Reads the known_hosts file; one that is missing knows nobody. */
export async function readKnownHosts(file: string): Promise<KnownHost[]> {
  try {
    return parseKnownHosts(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    const detail = (error as Error).message;
    throw new Failure('settings', { message: `cannot read the known hosts in "${file}"`, detail, cause: error });
  }
}

/** The algorithms to ask for: those of known keys first, so that a server with several keys shows one we can check. */
export function hostKeyAlgorithms(known: readonly KnownHost[], place: HostPlace): HostKeyAlgorithm[] {
  const types = knownKeyTypes(known, knownName(place.host, place.port));
  const isKnown = (algorithm: string) => types.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((algorithm) => !isKnown(algorithm))];
}

/** Undefined when the key is the known one; else the Failure "denied" that says what was found and what to do. */
export function refuseHostKey(known: readonly KnownHost[], place: HostPlace, key: Buffer): Failure | undefined {
  const verdict = judgeHostKey(known, knownName(place.host, place.port), key);
  if (verdict === 'trusted') return undefined;
  const server = `"${place.host}:${place.port}"`;
  return new Failure('denied', {
    message: `${describe(verdict, server, place)}: found ${keyType(key)} ${fingerprint(key)}`,
    stands: 'no password and no data was sent',
    hint: advise(verdict, place, key),
  });
}

function describe(verdict: HostVerdict, server: string, { knownHosts }: HostPlace): string {
  if (verdict === 'revoked') return `the host key of ${server} is revoked in "${knownHosts}"`;
  if (verdict === 'changed') return `the host key of ${server} is not the one in "${knownHosts}"`;
  return `the host key of ${server} is not in "${knownHosts}"`;
}

/** The commands to take the key over. That the fingerprint is the server's own only a person can check. */
function advise(verdict: HostVerdict, place: HostPlace, key: Buffer): string {
  if (verdict === 'revoked') return 'ask who runs the server for its new key';
  const file = shellWord(place.knownHosts);
  const port = place.port === SSH_PORT ? '' : ` -p ${place.port}`;
  const scan = `ssh-keyscan${port} -t ${scanType(key)} ${place.host} >> ${file}`;
  if (verdict === 'unknown') return `if that is the fingerprint of your server: ${scan}`;
  const forget = `ssh-keygen -R ${shellWord(knownName(place.host, place.port))} -f ${file}`;
  return `somebody may be in between; if the server really has a new key: ${forget} && ${scan}`;
}

/** The kind of key as ssh-keyscan calls it. */
function scanType(key: Buffer): string {
  const type = keyType(key);
  if (type.startsWith('ecdsa')) return 'ecdsa';
  return type === 'ssh-rsa' ? 'rsa' : type.replace(/^ssh-/, '');
}
