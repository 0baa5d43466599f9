import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { Secret } from '../../common/secret.ts';

/** What requests to one server are signed with. */
export interface SigningFacts {
  readonly keys: { readonly id: Secret; readonly secret: Secret; readonly token: Secret | undefined };
  readonly region: string;
  /** As the Host header has it, with the port unless it is the usual one. */
  readonly host: string;
}

/** The sum of no body. */
const NOTHING = hash('sha256', '');

/**
 * Gives a function that signs requests to GET a path, percent-encoded and without a query: the headers to send, by
 * "Signature Version 4" of AWS with the signature in a header. The key of a day is made once.
 */
export function signerOf({ keys: { id, secret, token }, region, host }: SigningFacts) {
  const session = token && { 'x-amz-security-token': token.reveal() };
  let made: { readonly day: string; readonly key: KeyObject } | undefined;
  return (path: string, now: Date): Record<string, string> => {
    const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const day = time.slice(0, 8);
    if (made?.day !== day) made = { day, key: keyOf(secret, day, region) };
    const headers = { host, 'x-amz-content-sha256': NOTHING, 'x-amz-date': time, ...session };
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    const names = Object.keys(headers).join(';');
    const request = hash('sha256', ['GET', path, '', lines.join(''), names, NOTHING].join('\n'));
    const scope = `${day}/${region}/s3/aws4_request`;
    const signature = createHmac('sha256', made.key)
      .update(['AWS4-HMAC-SHA256', time, scope, request].join('\n'))
      .digest('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${id.reveal()}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return { ...headers, authorization };
  };
}

/** As an object: one of bytes would be made anew for each signature, which takes longer than the signature. */
function keyOf(secret: Secret, day: string, region: string): KeyObject {
  const steps = [day, region, 's3', 'aws4_request'];
  const sign = (key: Buffer, step: string): Buffer => createHmac('sha256', key).update(step).digest();
  return createSecretKey(steps.reduce(sign, Buffer.from(`AWS4${secret.reveal()}`)));
}
