import { createHash } from 'node:crypto';
import { Failure } from '../../common/failure.ts';
import { yesOrNo } from '../../common/rules.ts';
import { sendHttp } from '../http.ts';
import { defineNotifier } from '../member.ts';
import type { Notice } from '../notifier.ts';
import { reachHost } from '../reach.ts';
import { webUrl } from '../rules.ts';
import { bodyOf, fillIn, isWell, shorten, unknownFields } from '../text.ts';

/** Characters: healthchecks.io keeps 100 kB of a ping, own installations 10 kB when nothing else is set. */
const LONGEST_BODY = 9_000;

/** A dead man's switch: it alarms when a run is not heard of in time, so it is told of every start and every end. */
export const member = defineNotifier({
  audience: 'watchdog',
  askedBy: 'url',
  settings: {
    url: {
      rule: webUrl,
      variable: 'BACKUP_PING_URL',
      about: 'URL of a check that alarms when it hears nothing (healthchecks.io and the like)',
      required: true,
      meaning: 'secret',
    },
    start: {
      rule: yesOrNo,
      variable: 'BACKUP_PING_START',
      about: 'Whether the check is told of the start of a run too',
      standard: 'yes',
    },
  },
  open({ url, start = true }, { name }) {
    const address = withKumaFields(url.reveal());
    const unknown = unknownFields(address);
    if (unknown.length > 0) {
      const message = `the URL of the notifier "${name}" names ${unknown.length} fields that no message has`;
      throw new Failure('settings', { message, hint: 'docs/notifications.md lists the fields' });
    }
    const isTemplate = address.includes('${');
    const tellsStart = start && (!isTemplate || address.includes(`\${kind}`));
    return {
      name,
      unusable: (notice) => (notice?.kind === 'start' && !tellsStart ? 'it is not told of starts' : undefined),
      // What a template asks for is a ping already; healthchecks.io takes remarks that change nothing.
      probe: ({ signal }) =>
        isTemplate
          ? reachHost(new URL(address), signal)
          : sendHttp({ url: withEnding(address, '/log'), method: 'POST', body: 'holdfast doctor', signal }),
      send: (notice, { signal }) =>
        isTemplate
          ? sendHttp({ url: new URL(fillIn(address, notice, encodeURIComponent)), method: 'GET', signal })
          : sendHttp({ url: pingUrl(address, notice), method: 'POST', body: pingBody(notice), signal }),
    };
  },
});

/** The parameters of a push monitor of Uptime Kuma, and the fields that belong there. */
const KUMA_FIELDS = { status: 'status', msg: 'title', ping: 'milliseconds' };

/** The address as Uptime Kuma shows it says "up" whatever happened; its three parameters are ours to fill in. */
function withKumaFields(address: string): string {
  const [path = '', query = ''] = address.split('?', 2);
  if (!/\/api\/push\/[^/]+$/.test(path) || address.includes('${')) return address;
  const others = query.split('&').filter((pair) => pair !== '' && !((pair.split('=')[0] ?? '') in KUMA_FIELDS));
  const ours = Object.entries(KUMA_FIELDS).map(([parameter, field]) => `${parameter}=\${${field}}`);
  return `${path}?${[...others, ...ours].join('&')}`;
}

/** healthchecks.io, "Pinging API": /start and /fail behind the address, "rid" tells runs side by side apart. */
function pingUrl(address: string, notice: Notice): URL {
  const url = withEnding(address, notice.kind === 'start' ? '/start' : isWell(notice) ? '' : '/fail');
  if (notice.run !== undefined) url.searchParams.set('rid', runId(notice.run.run));
  return url;
}

function withEnding(address: string, ending: string): URL {
  const url = new URL(address);
  url.pathname = url.pathname.replace(/\/$/, '') + ending;
  return url;
}

/** A run id must be a UUID: made of the run's name (RFC 9562, version 8), so that start and end have the same. */
function runId(run: string): string {
  const hex = createHash('sha256').update(run).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join('-');
}

function pingBody(notice: Notice): string {
  const { exitCode } = notice.run?.result ?? {};
  const status = exitCode === undefined ? [] : [`exit status ${exitCode}`];
  return shorten([notice.title, ...status, bodyOf(notice)].join('\n'), LONGEST_BODY);
}
