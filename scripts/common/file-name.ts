/**
 * The file name of a database: every byte (UTF-8) outside `A-Za-z0-9._-` becomes `%XX`, and so does a leading dot, so
 * that no name can leave its folder, hide itself or mean something to a shell. At most three times as long as the name;
 * both stores limit names to 64 bytes, which stays below the 255 of file systems.
 */
export function encodeFileName(name: string): string {
  return [...Buffer.from(name, 'utf8')].map((byte, index) => encodeByte(byte, index)).join('');
}

/**
 * The name that {@link encodeFileName} made a file name of. Files that shell scripts wrote may hold a bare `%`: what
 * is not a valid encoding is taken as the name itself.
 */
export function decodeFileName(fileName: string): string {
  try {
    return decodeURIComponent(fileName);
  } catch (error) {
    // URIError is the answer "this was never encoded"; anything else is a bug.
    if (error instanceof URIError) return fileName;
    throw error;
  }
}

function encodeByte(byte: number, index: number): string {
  const character = String.fromCharCode(byte);
  const safe = index === 0 ? /[A-Za-z0-9_-]/ : /[A-Za-z0-9._-]/;
  return safe.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
