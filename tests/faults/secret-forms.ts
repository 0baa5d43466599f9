/** The ways in which a secret may be spelled where it must not stand at all. */

/** Shorter than this a spelling could stand anywhere by chance. */
const LEAST = 8;

/** All spellings of a secret: as it is, as URLs, shells and JSON spell it, and in the usual codes. */
export function formsOf(secret: string): string[] {
  const url = new URL('x://host');
  url.password = secret;
  const percent = encodeURIComponent(secret);
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    percent,
    percent.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encodeURI(secret),
    url.password,
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("'", `'\\''`),
    secret.replaceAll(/[^\w]/g, '\\$&'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
  return [...new Set(forms)].filter((form) => form.length >= LEAST);
}
