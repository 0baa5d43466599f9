/** The sum of the bytes of files, artifacts or whatever has a size. */
export function totalBytes(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
