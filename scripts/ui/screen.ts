import process from 'node:process';
import type { RunEvent } from '../common/context.ts';
import { liveProgress, type Progress, plainProgress } from './progress.ts';

/** How a command talks: results to stdout, everything on the way to stderr, JSON alone with `--json`. */
export interface Screen {
  readonly json: boolean;
  /** True when a person can be asked. */
  readonly canAsk: boolean;
  /** A result, for people; silent with `--json`. */
  print(...lines: readonly string[]): void;
  /** A result, for machines; silent without `--json`. Called once by each command. */
  printJson(value: unknown): void;
  /** A remark that is no result. */
  remark(...lines: readonly string[]): void;
  report(event: RunEvent): void;
  /** Ends the live lines; call before printing results or asking. */
  settle(): void;
}

/** Opens the screen of this process. */
export function openScreen(options: { json: boolean }): Screen {
  const { stdin, stdout, stderr } = process;
  let progress: Progress | undefined;
  const current = (): Progress => {
    progress ??= stderr.isTTY && !options.json ? liveProgress(stderr) : plainProgress(stderr);
    return progress;
  };
  return {
    json: options.json,
    canAsk: Boolean(stdin.isTTY && stderr.isTTY) && !options.json,
    print: (...lines) => void (options.json || stdout.write(`${lines.join('\n')}\n`)),
    printJson: (value) => void (options.json && stdout.write(`${JSON.stringify(value, null, 2)}\n`)),
    remark: (...lines) => void stderr.write(`${lines.join('\n')}\n`),
    report: (event) => current().report(event),
    settle() {
      progress?.close();
      progress = undefined;
    },
  };
}
