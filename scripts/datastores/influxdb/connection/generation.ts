import { Failure } from '../../../common/failure.ts';
import type { CallOptions } from '../../../engines/engine.ts';
import type { Login } from './client.ts';

/** How long a server may take to say its version, in milliseconds. */
const PATIENCE = 5_000;

const HINT =
  'InfluxDB 2 is backed up by its own command `influx backup`, and restored by `influx restore`: declare them as an export command under `files:` (docs/influxdb.md)';

/**
 * The version that a server says without a login, in the header of its answer to /ping: all generations do
 * (https://docs.influxdata.com/influxdb/v1/tools/api/#ping-http-endpoint). Undefined when it cannot be asked so.
 */
export async function announcedVersion(
  { host, port, tls }: Pick<Login, 'host' | 'port' | 'tls'>,
  { signal }: CallOptions,
): Promise<string | undefined> {
  const url = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}/ping`;
  const patience = AbortSignal.timeout(PATIENCE);
  try {
    const answer = await fetch(url, {
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    await answer.body?.cancel();
    return answer.headers.get('x-influxdb-version') ?? undefined;
  } catch {
    signal?.throwIfAborted();
    // Nobody there, or a certificate that we do not know: the client program is asked next, and says it in its words.
    return undefined;
  }
}

/** Throws Failure "version" for a version that surely is of a later generation; one that is not understood passes. */
export function refuseLaterGeneration(label: string, version: string | undefined): void {
  if ((versionOf(version)?.major ?? 0) >= 2) throw refused(label, version);
}

/** Portable backups came with 1.5. Throws Failure "version" for everything but 1.5 to 1.x. */
export function requireFirstGeneration(label: string, version: string): void {
  const { major, minor } = versionOf(version) ?? { major: 0, minor: 0 };
  if (major !== 1 || minor < 5) throw refused(label, version);
}

function versionOf(text = ''): { major: number; minor: number } | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

function refused(label: string, version = ''): Failure {
  const found = version.replace(/^v/, '') || 'of an unknown version';
  return new Failure('version', { message: `${label} is InfluxDB ${found}, expected 1.5 to 1.x`, hint: HINT });
}
