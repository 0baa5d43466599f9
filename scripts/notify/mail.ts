import type { Transporter } from 'nodemailer';
import { Failure, type FailureCode } from '../common/failure.ts';
import type { Notice, Notifier } from './notifier.ts';
import { bodyOf } from './text.ts';

/** Who mails go to and come from, where settings say so. */
export interface MailAddresses {
  readonly to: string | undefined;
  readonly from: string | undefined;
}

/** Milliseconds of silence after which the server is given up; whoever sends sets a limit to the whole as well. */
const SILENCE = 10_000;

/** RFC 8314: submission with STARTTLS, and with TLS from the first byte. */
const SUBMISSION_PORT = 587;
const SMTPS_PORT = 465;

/**
 * A notifier over an SMTP server. The URL may carry "to", "from" and "tls=no", which allows a server of one's own
 * network that has no TLS. Without that a login is never sent in the clear. Throws Failure "settings".
 */
export function mailNotifier(name: string, url: URL, addresses: MailAddresses): Notifier {
  const login = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  const to = addresses.to ?? url.searchParams.get('to');
  const from = addresses.from ?? url.searchParams.get('from') ?? (login.user.includes('@') ? login.user : null);
  if (to === null) throw missing(name, 'to', 'BACKUP_MAIL_TO');
  if (from === null) throw missing(name, 'from', 'BACKUP_MAIL_FROM');
  const server = serverOf(url, login);
  return {
    name,
    probe: ({ signal }) => use(server, signal, (transport) => transport.verify()),
    send: (notice, { signal }) =>
      use(server, signal, (transport) => transport.sendMail({ ...mailOf(notice), to, from, signal })),
  };
}

type Server = ReturnType<typeof serverOf>;

function serverOf(url: URL, login: { readonly user: string; readonly pass: string }) {
  const plain = url.searchParams.get('tls') === 'no';
  const secure = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (secure ? SMTPS_PORT : SUBMISSION_PORT)),
    secure,
    requireTLS: login.user !== '' && !plain,
    ignoreTLS: plain,
    ...(login.user !== '' && { auth: login }),
    connectionTimeout: SILENCE,
    greetingTimeout: SILENCE,
    socketTimeout: SILENCE,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

async function use(
  server: Server,
  signal: AbortSignal,
  work: (transport: Transporter) => Promise<unknown>,
): Promise<void> {
  // Heavy, and needed only when there is something to tell.
  const { createTransport } = await import('nodemailer');
  try {
    await work(createTransport(server));
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(error, server.host);
  }
}

function mailOf(notice: Notice) {
  const urgent = notice.kind === 'failure' || notice.kind === 'suspicious';
  return {
    subject: notice.title,
    text: `${notice.title}\n\n${bodyOf(notice)}\n`,
    // RFC 3834: nobody who is away answers a machine.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Holdfast-Kind': notice.kind },
    priority: urgent ? ('high' as const) : ('normal' as const),
  };
}

/** What nodemailer's error codes mean; https://nodemailer.com/errors. */
const CODES: Readonly<Record<string, readonly [FailureCode, string]>> = {
  EAUTH: ['denied', 'did not take the login'],
  ENOAUTH: ['denied', 'wants a login'],
  EENVELOPE: ['tool-failed', 'refused an address of the mail'],
  EMESSAGE: ['tool-failed', 'refused the mail'],
  ETLS: ['denied', 'offers no TLS that can be trusted'],
};

/** How OpenSSL and Node begin their words for a certificate that cannot be trusted. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** A status of 4xx says "not now" (RFC 5321, 4.2.1). The server's words may repeat the login, so they are left out. */
function failureOf(error: unknown, host: string): Failure {
  const {
    code = '',
    responseCode,
    originalCode,
  } = error as Partial<Record<'code' | 'originalCode', string>> & {
    readonly responseCode?: number;
  };
  const status = responseCode === undefined ? '' : ` (status ${responseCode})`;
  const [kind, what] = CODES[CERTIFICATE.test(originalCode ?? '') ? 'ETLS' : code] ?? UNREACHED;
  const later = responseCode !== undefined && responseCode >= 400 && responseCode < 500;
  const detail = originalCode ?? (code === '' ? undefined : code);
  return new Failure(later ? 'unreachable' : kind, { message: `"${host}" ${what}${status}`, detail });
}

const UNREACHED = ['unreachable', 'cannot be reached'] as const;

function missing(name: string, what: string, variable: string): Failure {
  const message = `the notifier "${name}" does not know who its mails are ${what}`;
  return new Failure('settings', { message, hint: `set ${variable}=you@example.org` });
}
