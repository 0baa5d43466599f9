import { Secret } from '../../common/secret.ts';

/** A setting as a URL; undefined when it is none. Whatever is shown of it: the host and nothing else, the rest is a secret. */
export function urlOf(setting: unknown): URL | undefined {
  const text = setting instanceof Secret ? setting.reveal() : setting;
  return typeof text === 'string' ? (URL.parse(text) ?? undefined) : undefined;
}
