import { Failure } from '../../common/failure.ts';
import { secretText } from '../../common/rules.ts';
import { sendHttp } from '../http.ts';
import { defineNotifier } from '../member.ts';
import type { NoticeKind } from '../notifier.ts';
import { reachHost } from '../reach.ts';
import { webUrl } from '../rules.ts';
import { bodyOf, shorten } from '../text.ts';

/** Characters; ntfy makes an attachment of a message above 4096 bytes. */
const LONGEST_TITLE = 200;
const LONGEST_MESSAGE = 1_200;

/** ntfy, "Publishing as JSON": priority 1 to 5, where 3 is usual and 4 makes a long sound. Tags are names of pictures. */
const LOOKS: Readonly<Record<NoticeKind, { readonly priority: number; readonly tags: readonly string[] }>> = {
  start: { priority: 1, tags: ['hourglass_flowing_sand'] },
  success: { priority: 2, tags: ['white_check_mark'] },
  failure: { priority: 4, tags: ['rotating_light'] },
  suspicious: { priority: 4, tags: ['warning'] },
  test: { priority: 3, tags: ['wave'] },
};

/** A topic of ntfy.sh or of a server of one's own. */
export const member = defineNotifier({
  audience: 'people',
  askedBy: 'url',
  settings: {
    url: {
      rule: webUrl,
      variable: 'BACKUP_NTFY_URL',
      about: 'URL of a topic of ntfy',
      required: true,
      meaning: 'secret',
    },
    token: {
      rule: secretText('an access token'),
      variable: 'BACKUP_NTFY_TOKEN',
      about: 'Access token, where the topic is protected',
      meaning: 'secret',
    },
  },
  open({ url, token }, { name }) {
    const { server, topic } = split(name, url.reveal());
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token.reveal().trim()}` }),
    };
    return {
      name,
      probe: ({ signal }) => reachHost(server, signal),
      send: (notice, { signal }) => {
        const title = shorten(notice.title, LONGEST_TITLE);
        const message = shorten(bodyOf(notice), LONGEST_MESSAGE);
        // In headers a title could hold no letters beyond ASCII.
        const body = JSON.stringify({ topic, title, message, ...LOOKS[notice.kind] });
        return sendHttp({ url: server, method: 'POST', headers, body, signal });
      },
    };
  },
});

function split(name: string, address: string): { server: URL; topic: string } {
  const server = new URL(address);
  const [, path = '', topic = ''] = /^(.*\/)([^/]+)\/?$/.exec(server.pathname) ?? [];
  if (topic === '') {
    const message = `the URL of the notifier "${name}" names no topic, expected https://host/topic`;
    throw new Failure('settings', { message });
  }
  server.pathname = path;
  return { server, topic };
}
