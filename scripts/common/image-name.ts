/** The last part of the name of an image, in small letters: "docker.io/library/Mongo:7@sha256:..." is "mongo". */
export function imageName(image: string): string {
  return lastParts(image)[0] ?? '';
}

/** The parts of the name of an image from the last to the first, without tag and digest. */
export function lastParts(image: string): string[] {
  const [last = '', ...others] = (image.split('@', 1)[0] ?? '').toLowerCase().split('/').reverse();
  return [last.split(':', 1)[0] ?? '', ...others];
}
