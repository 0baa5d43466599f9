import { sendHttp } from '../http.ts';
import { defineNotifier } from '../member.ts';
import type { Notice, NoticeKind } from '../notifier.ts';
import { reachHost } from '../reach.ts';
import { webUrl } from '../rules.ts';
import { bodyOf, shorten } from '../text.ts';

/** Characters: Discord takes 2000, the others more. */
const LONGEST_TEXT = 1_900;

const MARKS: Readonly<Record<NoticeKind, string>> = {
  start: '▶',
  success: '✅',
  failure: '🚨',
  suspicious: '⚠️',
  test: '👋',
};

/** An incoming webhook of Slack, Mattermost or Rocket.Chat, or one of Discord with "/slack" at its end. */
export const member = defineNotifier({
  audience: 'people',
  askedBy: 'url',
  settings: {
    url: {
      rule: webUrl,
      variable: 'BACKUP_SLACK_URL',
      about: 'URL of an incoming webhook of Slack, Mattermost, Rocket.Chat, or Discord with /slack at its end',
      required: true,
      meaning: 'secret',
    },
  },
  open: ({ url }, { name }) => ({
    name,
    probe: ({ signal }) => reachHost(new URL(url.reveal()), signal),
    send: (notice, { signal }) =>
      sendHttp({
        url: new URL(url.reveal()),
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: textOf(notice) }),
        signal,
      }),
  }),
});

/** Slack, "Formatting text for app surfaces": these three mean something, "<!channel>" would wake everybody. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function textOf(notice: Notice): string {
  const { command, ...withoutCommand } = notice;
  const attempt = command === undefined ? '' : `\n\`${escapeText(command.replaceAll('`', "'"))}\``;
  const text = `${MARKS[notice.kind]} *${escapeText(notice.title)}*\n${escapeText(bodyOf(withoutCommand))}`;
  return shorten(text, LONGEST_TEXT - attempt.length) + attempt;
}
