import { createHash, createHmac } from 'node:crypto';

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  /** "@revoked" or "@cert-authority"; undefined for an ordinary key. */
  readonly marker: string | undefined;
  /** Host names and patterns with commas between them, or one hashed name. */
  readonly hosts: string;
  /** The key as the server sends it. */
  readonly key: Buffer;
}

/** What known_hosts says of the key that a server presents. */
export type HostVerdict = 'trusted' | 'unknown' | 'changed' | 'revoked';

/** The usual port; names of hosts on others are written "[host]:port". */
export const SSH_PORT = 22;

const HASH_MAGIC = '|1|';

/** Reads a known_hosts file. Lines that it cannot make sense of are left out, as ssh does: they can only trust less. */
export function parseKnownHosts(text: string): KnownHost[] {
  return text.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
    const [hosts, type, key] = words;
    if (hosts === undefined || type === undefined || key === undefined || hosts.startsWith('#')) return [];
    return [{ marker, hosts, key: Buffer.from(key, 'base64') }];
  });
}

/** The name under which a host stands in known_hosts. Host names are compared in lower case. */
export function knownName(host: string, port: number): string {
  return port === SSH_PORT ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/**
 * Compares a server's key with what is known of it. A key of another kind than the known ones counts as changed: we
 * ask for the known kinds first, so an honest server would have shown one of them.
 */
export function judgeHostKey(known: readonly KnownHost[], name: string, key: Buffer): HostVerdict {
  const entries = known.filter(({ hosts }) => matchesHost(hosts, name));
  const same = entries.filter((entry) => entry.key.equals(key));
  if (same.some(({ marker }) => marker === '@revoked')) return 'revoked';
  if (same.some(({ marker }) => marker === undefined)) return 'trusted';
  return entries.some(({ marker }) => marker === undefined) ? 'changed' : 'unknown';
}

/** The kinds of the keys that are known of a host, such as "ssh-ed25519". */
export function knownKeyTypes(known: readonly KnownHost[], name: string): string[] {
  const entries = known.filter(({ marker, hosts }) => marker === undefined && matchesHost(hosts, name));
  return [...new Set(entries.map(({ key }) => keyType(key)))];
}

/** The kind of a key: the first text in it (RFC 4253, 6.6). */
export function keyType(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0);
  return key.subarray(4, 4 + length).toString('latin1');
}

/** The fingerprint of a key as `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Does one of the patterns match, and none of those with a "!"? */
function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith(HASH_MAGIC)) return matchesHash(hosts.slice(HASH_MAGIC.length), name);
  const patterns = hosts.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesPattern(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => matchesPattern(pattern, name));
}

function matchesPattern(pattern: string, name: string): boolean {
  const letters = [...pattern].map((letter) => {
    if (letter === '*') return '.*';
    return letter === '?' ? '.' : letter.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  });
  return new RegExp(`^${letters.join('')}$`).test(name);
}

/** HashKnownHosts: "salt|HMAC-SHA1 of the name under the salt", both in base64. */
function matchesHash(saltAndHash: string, name: string): boolean {
  const [salt = '', hash = ''] = saltAndHash.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}
