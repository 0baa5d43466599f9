import { text } from '../../common/rules.ts';
import { defineNotifier } from '../member.ts';
import { secretUrl } from '../rules.ts';

/** Mail by an SMTP server. */
export const member = defineNotifier({
  audience: 'people',
  askedBy: 'url',
  settings: {
    url: {
      rule: secretUrl('a URL such as smtp://user:password@host:587', ['smtp:', 'smtps:']),
      variable: 'BACKUP_SMTP_URL',
      about: 'Mail server, smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465',
      required: true,
      meaning: 'secret',
    },
    to: { rule: text('addresses with commas between them'), variable: 'BACKUP_MAIL_TO', about: 'Who gets the mails' },
    from: {
      rule: text('an address'),
      variable: 'BACKUP_MAIL_FROM',
      about: 'Who the mails are from',
      standard: 'the user of the mail server, when that is an address',
    },
  },
  async open({ url, to, from }, { name }) {
    const { mailNotifier } = await import('../mail.ts');
    return mailNotifier(name, new URL(url.reveal()), { to, from });
  },
});
