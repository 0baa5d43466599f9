import { Failure } from '../common/failure.ts';
import { Secret } from '../common/secret.ts';
import { type Engine, SECRET_FILE } from '../engines/engine.ts';
import { sha256 } from './digest.ts';
import { MANIFEST_FILE, SIGNATURE_FILE, SIGNATURE_NAMESPACE } from './manifest.ts';
import { readObject } from './read-object.ts';
import type { OpenedSet } from './reader.ts';

/** `ssh-keygen` asks nobody and nothing but the agent; more than this only a dead agent takes, in milliseconds. */
const PATIENCE = 30_000;

/** Without a passphrase the key cannot be used; who asks for one would wait for ever at night. */
const NEVER_ASK = { SSH_ASKPASS: 'false', SSH_ASKPASS_REQUIRE: 'force' };

/** The armour of a signature; nothing else is given to ssh-keygen. */
const SIGNATURE = /^-----BEGIN SSH SIGNATURE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END SSH SIGNATURE-----\s*$/;

/** Gives the signature of a manifest: the text of `manifest.json.sig`. */
export type Sign = (manifest: Buffer) => Promise<Buffer>;

/**
 * Signs with `ssh-keygen -Y sign`: `key` is a private key without a passphrase, or a public key whose private half an
 * agent holds. Throws Failure "settings" with the words of ssh-keygen, "tool-missing" without it.
 */
export function signWith(host: Engine, key: string): Sign {
  return async (manifest) => {
    const argv = ['ssh-keygen', '-Y', 'sign', '-q', '-n', SIGNATURE_NAMESPACE, '-f', key] as const;
    const { code, stdout, stderr } = await keygen(host, argv, manifest);
    if (code === 0 && stdout.startsWith('-----BEGIN SSH SIGNATURE-----')) return Buffer.from(stdout);
    throw new Failure('settings', {
      message: `"${key}" cannot sign sets`,
      detail: stderr.trim() || undefined,
      step: 'sign',
      hint: `ssh-keygen -Y sign -n test -f '${key}' < /dev/null shows why; a key with a passphrase belongs into ssh-agent`,
    });
  };
}

/** Whose signatures are believed. */
export interface Trust {
  /** The file of `ssh-keygen`'s ALLOWED SIGNERS form. */
  readonly allowedSigners: string;
  /** This machine: it runs ssh-keygen. */
  readonly host: Engine;
}

/** Who signed a set: one of the allowed, or what is wrong with it, for people. */
export type Authorship =
  | { readonly signer: string; readonly problem?: never }
  | { readonly signer?: never; readonly problem: string };

/**
 * Tells who signed the very manifest that was opened. As with tags of git, a signature counts when its key was allowed
 * at the time of the set, so that a retired key can be given an end (valid-before) and old sets stay good.
 */
export async function authorOf(set: OpenedSet, trust: Trust, signal: AbortSignal): Promise<Authorship> {
  if (!set.objects.some(({ path }) => path === `${set.name}/${SIGNATURE_FILE}`)) {
    return {
      problem: `"${MANIFEST_FILE}" is not signed, and only sets signed by one of "${trust.allowedSigners}" count`,
    };
  }
  const manifest = await readObject(set.storage, set.name, MANIFEST_FILE, { signal });
  const signature = await readObject(set.storage, set.name, SIGNATURE_FILE, { signal });
  if (sha256(manifest) !== set.manifestSha256) return { problem: `"${MANIFEST_FILE}" changed while it was looked at` };
  return await checkSignature(manifest, signature, { ...trust, time: set.manifest?.createdAt });
}

/** {@link authorOf} for bytes in hand. `time`: RFC 3339, when they were signed; now when it is missing. */
export async function checkSignature(
  manifest: Buffer,
  signature: Buffer,
  { allowedSigners, host, time }: Trust & { readonly time?: string | undefined },
): Promise<Authorship> {
  // What lies in a storage may be anything; it travels through an environment, which takes no NUL.
  if (!SIGNATURE.test(signature.toString('latin1'))) return { problem: `"${SIGNATURE_FILE}" is not a signature` };
  const at = (time === undefined ? new Date() : new Date(time)).toISOString().slice(0, 19).replaceAll(/\D/g, '');
  const common = ['-f', allowedSigners, '-s', SECRET_FILE, `-Overify-time=${at}`];
  const found = await keygen(host, ['ssh-keygen', '-Y', 'find-principals', ...common], '', signature);
  const principals = found.stdout.split('\n').filter(Boolean);
  let words = found.stderr;
  for (const principal of principals) {
    const argv = ['ssh-keygen', '-Y', 'verify', '-n', SIGNATURE_NAMESPACE, '-I', principal, ...common] as const;
    const { code, stderr, stdout } = await keygen(host, argv, manifest, signature);
    if (code === 0) return { signer: principal };
    words = stderr || stdout;
  }
  const reason = words.trim().split('\n').at(-1) || `exit code ${found.code}`;
  const is =
    principals[0] === undefined ? `signed by nobody in "${allowedSigners}"` : `not what "${principals[0]}" signed`;
  return { problem: `"${MANIFEST_FILE}" is ${is} (ssh-keygen: ${reason})` };
}

/** Runs ssh-keygen; times are read in the zone of the process. */
function keygen(host: Engine, argv: readonly [string, ...string[]], input: Buffer | '', signature?: Buffer) {
  return host.run(
    '',
    { argv, env: { ...NEVER_ASK, TZ: 'UTC' }, ...(signature && { secretFile: new Secret(signature.toString()) }) },
    { input: input.toString(), timeoutMs: PATIENCE },
  );
}
