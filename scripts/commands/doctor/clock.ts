import type { Config } from '../../config/config.ts';
import { wordDuration } from '../../ui/units.ts';
import { urlOf } from './addresses.ts';
import type { Check, Finding } from './finding.ts';

/** S3 refuses requests whose time is off by 15 minutes; long before that ages and retention are wrong. Milliseconds. */
const WRONG = 5 * 60 * 1000;
const ODD = 60 * 1000;

/** How long another machine may take to tell the time; milliseconds. */
const PATIENCE = 5000;

/** Compares the clock with that of the machines that the settings name anyway; nobody else is asked. */
export const checkClock: Check = async ({ bench }) => {
  const { signal } = bench.context;
  const asked = await Promise.all(clocksOf(bench.config).map((address) => offsetOf(address, signal)));
  signal.throwIfAborted();
  const known = asked.filter((entry) => entry !== undefined);
  const [furthest] = known.toSorted((one, other) => Math.abs(other.offset) - Math.abs(one.offset));
  return furthest === undefined ? [] : [judge(furthest)];
};

interface Offset {
  readonly host: string;
  /** Milliseconds that our clock is ahead. */
  readonly offset: number;
}

function judge({ host, offset }: Offset): Finding {
  const about = 'clock';
  const size = Math.abs(offset);
  if (size < ODD) return { level: 'ok', about, what: `within a minute of ${host}` };
  return {
    level: size >= WRONG ? 'problem' : 'warning',
    about,
    what: `${wordDuration(size)} ${offset > 0 ? 'ahead of' : 'behind'} ${host}`,
    why: 'S3 refuses requests from a clock that is wrong, runs begin at wrong times, and retention takes sets for older than they are',
    mend: 'set the clock and keep it set: timedatectl set-ntp true (Linux), Settings, Date & Time (macOS)',
  };
}

/** Roots of the web servers that sets and messages go to: the path may be a secret, the host is not. */
function clocksOf({ storages, notify }: Config): string[] {
  const addresses = [
    ...storages.map(({ settings }) => settings.endpoint),
    ...notify.map(({ settings }) => settings.url),
  ];
  return [...new Set(addresses.flatMap((address) => originOf(address)))];
}

function originOf(address: unknown): string[] {
  const url = urlOf(address);
  return url !== undefined && /^https?:$/.test(url.protocol) ? [url.origin] : [];
}

/** HTTP servers tell the time with every answer, a refusal too (RFC 9110, "Date"). Whole seconds. */
async function offsetOf(origin: string, signal: AbortSignal): Promise<Offset | undefined> {
  const began = Date.now();
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    const answer = await fetch(origin, { method: 'HEAD', redirect: 'manual', signal: limit });
    const told = Date.parse(answer.headers.get('date') ?? '');
    if (Number.isNaN(told)) return undefined;
    return { host: new URL(origin).host, offset: (began + Date.now()) / 2 - told - 500 };
  } catch {
    // A host that does not answer is told by the check of its storage or notifier.
    return undefined;
  }
}
