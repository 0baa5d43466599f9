import { readFileSync } from 'node:fs';

/** The modes of far-side.sh; described there. */
export type FarSideMode = 'sealed' | 'open' | 'host' | 'feed' | 'end';

/** What the wrapper is told. */
export interface FarSideOrder {
  readonly mode: FarSideMode;
  /** Marks this very call, 32 hex digits; the seal repeats it and the mode "end" finds the wrapper by it. */
  readonly nonce: string;
  /** How many bytes of standard input are for the program. */
  readonly bytes: number;
  readonly argv: readonly string[];
}

let script: string | undefined;

/** The arguments that make `sh` the wrapper. Comments stay at home: the text shows in `ps` and crosses the wire. */
export function farSideArguments({ mode, nonce, bytes, argv }: FarSideOrder): string[] {
  script ??= textOf('end-tree.sh') + textOf('pumps.sh') + textOf('far-side.sh');
  return ['-c', `# holdfast ${nonce}\n${script}`, 'holdfast', mode, nonce, String(bytes), ...argv];
}

function textOf(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8').replace(/^\s*(#.*)?\n/gm, '');
}

/** The variable of the wrapper that becomes the program's secret file. */
export const SECRET_VARIABLE = 'HOLDFAST_SECRET_FILE';
