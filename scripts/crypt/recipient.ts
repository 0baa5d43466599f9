import { isBech32 } from './bech32.ts';

/** An age key: 32 bytes in bech32 (age-encryption.org/v1). */
const AGE_LENGTH = 62;
/** What age itself demands of an RSA key. */
const LEAST_RSA_BITS = 2048;

/** Ends the sentence "found X, expected ...". */
export const RECIPIENT_WANTED =
  'an age key (age1...), an SSH key (ssh-ed25519 AAAA..., ssh-rsa AAAA...) or a file of them';

/** A recipient as it is handed to age, without the comment of an SSH key; undefined when it is not one. */
export function checkRecipient(text: string): string | undefined {
  const [kind = '', body = ''] = text.trim().split(/\s+/);
  if (isSshRecipient(kind)) return isSshKey(kind, body) ? `${kind} ${body}` : undefined;
  return kind === text.trim() && kind.length === AGE_LENGTH && isBech32(kind, 'age') ? kind : undefined;
}

/** True for a text that begins as an SSH key: only the program `age` encrypts to those. */
export function isSshRecipient(text: string): boolean {
  return /^ssh-(?:ed25519|rsa)(?:\s|$)/.test(text);
}

/** A recipient as messages name it: public, but too long for a line. */
export function shortRecipient(recipient: string): string {
  return recipient.length > 40 ? `${recipient.slice(0, 18)}…${recipient.slice(-8)}` : recipient;
}

/** RFC 4253, section 6.6, and RFC 8709, section 4: fields that each have their length before them. */
function isSshKey(kind: string, body: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return false;
  const fields = fieldsOf(Buffer.from(body, 'base64'));
  const [name, first, second] = fields;
  if (name?.toString('latin1') !== kind) return false;
  if (kind === 'ssh-ed25519') return fields.length === 2 && first?.length === 32;
  return fields.length === 3 && (second?.length ?? 0) * 8 > LEAST_RSA_BITS - 8;
}

function fieldsOf(bytes: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return [];
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return at === bytes.length ? fields : [];
}
