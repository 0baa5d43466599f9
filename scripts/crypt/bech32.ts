/** The alphabet of BIP 173. */
const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/**
 * True when a text in lower case has the prefix, letters of the alphabet, and a checksum that fits (BIP 173, which age
 * uses for its keys). The package that encrypts checks this too, but takes 180 ms to load, and settings are read by
 * every command.
 */
export function isBech32(text: string, prefix: string): boolean {
  if (!text.startsWith(`${prefix}1`)) return false;
  const data = [...text.slice(prefix.length + 1)].map((letter) => LETTERS.indexOf(letter));
  if (data.length < 6 || data.includes(-1)) return false;
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  const values = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...data];
  return values.reduce(nextChecksum, 1) === 1;
}

function nextChecksum(checksum: number, value: number): number {
  const top = checksum >> 25;
  const shifted = ((checksum & 0x1ffffff) << 5) ^ value;
  return GENERATORS.reduce((sum, generator, bit) => ((top >> bit) & 1 ? sum ^ generator : sum), shifted);
}
