import type { Rule } from '../common/rules.ts';

/** An address that must not be shown: whoever knows it can write to the channel, or silence an alarm. */
export function secretUrl(wanted: string, protocols: readonly string[]): Rule<string> {
  return {
    wanted,
    secret: true,
    json: { type: 'string', minLength: 1 },
    read: (value) => {
      const url = typeof value === 'string' && !/[\s\p{Cc}]/u.test(value) ? URL.parse(value) : null;
      // A login that cannot be decoded would only show when something is to be told.
      if (url === null || !isDecodable(`${url.username}${url.password}`)) return undefined;
      return protocols.includes(url.protocol) && url.hostname !== '' ? (value as string) : undefined;
    },
  };
}

/** Where messages are sent by HTTP. */
export const webUrl: Rule<string> = secretUrl('a URL such as https://host/path', ['http:', 'https:']);

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    // A "%" that is not followed by two hex digits.
    return false;
  }
}
