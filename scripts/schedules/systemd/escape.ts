/**
 * How texts stand in unit files, by systemd.syntax(7), systemd.service(5) and systemd.unit(5). Nothing here holds a
 * control character; see checked-job.ts.
 */

/** A percent sign begins a specifier everywhere. */
export function plainValue(text: string): string {
  return text.replaceAll('%', '%%');
}

/** A folder that is the whole value: blanks at its end would be cut and a backslash there would join the next line. */
export function folderValue(folder: string): string {
  return /[\s\\]$/.test(folder) ? `${plainValue(folder)}/` : plainValue(folder);
}

/** A word in quotes: of a list of paths, or an assignment of "Environment=", which takes a dollar sign as it is. */
export function quotedWord(text: string): string {
  return `"${plainValue(text).replaceAll(/[\\"]/g, '\\$&')}"`;
}

/**
 * A command for "ExecStart=". There a dollar sign begins a variable, but for the path of the program. That path may hold
 * no quotes and backslashes, in whichever way they are written: then sh starts it.
 */
export function commandLine([program, ...rest]: readonly [string, ...string[]]): string {
  if (/["'\\$]/.test(program)) return ['/bin/sh -c "exec \\"$$@\\"" sh', ...[program, ...rest].map(argument)].join(' ');
  return [quotedWord(program), ...rest.map(argument)].join(' ');
}

/** Words that need no quotes go without, for whoever reads the file. */
function argument(word: string): string {
  return /^[\w@+=:,./-]+$/.test(word) ? word : quotedWord(word).replaceAll('$', '$$$$');
}
