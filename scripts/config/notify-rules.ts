import { names, type Rule, wholeNumber } from '../common/rules.ts';
import { NOTICE_KINDS, type NoticeKind } from '../notify/notifier.ts';

const listOfKinds = names(`some of ${NOTICE_KINDS.join(', ')}, with commas between them`);

/** Kinds of message. */
const noticeKinds: Rule<readonly NoticeKind[]> = {
  ...listOfKinds,
  read: (value) => {
    const words = listOfKinds.read(value);
    const known: readonly string[] = NOTICE_KINDS;
    return words?.every((word) => known.includes(word)) ? (words as readonly NoticeKind[]) : undefined;
  },
};

/** node_exporter, "textfile collector": it reads files of this ending and no other. */
const metricsFile: Rule<string> = {
  wanted: 'a file whose name ends in .prom',
  secret: false,
  json: { type: 'string', minLength: 6 },
  read: (value) => (typeof value === 'string' && /^[^\p{Cc}]*[^\p{Cc}/]\.prom$/u.test(value) ? value : undefined),
};

/** The rules of what .env and holdfast.yaml say beside the settings of the notifiers. */
export const NOTIFY_RULES = {
  on: noticeKinds,
  repeatHours: wholeNumber(0, 8_784),
  shrinkPercent: wholeNumber(1, 100),
  metricsFile,
} as const;
