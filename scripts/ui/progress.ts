import type { RunEvent } from '../common/context.ts';
import { wordBytes, wordDuration } from './units.ts';

/** Where lines go; a terminal also tells its width. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Shows the events of a run. */
export interface Progress {
  report(event: RunEvent): void;
  /** Removes what is live on the screen and stops redrawing. */
  close(): void;
}

/** Of a terminal that does not tell its width, or says 0. */
const USUAL_COLUMNS = 80;

/** Five redraws a second are smooth enough and cost nothing. */
const REDRAW_MS = 200;

interface Running {
  step: string;
  bytes: number;
  expected: number | undefined;
  began: number;
}

/** For scripts and logs: one plain line for each thing that begins, ends or is worth a note; none for bytes. */
export function plainProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  const running = new Map<string, Running>();
  return {
    report(event) {
      const state = stateOf(running, event);
      const begins = event.kind === 'step' && state === undefined;
      follow(running, event, now());
      const line = event.kind === 'step' && !begins ? undefined : wordEvent(event, state, now());
      if (line) terminal.write(`${line}\n`);
    },
    close() {},
  };
}

/** For a terminal: the same lines, and below them one live line for each source that is under way. */
export function liveProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  const running = new Map<string, Running>();
  let drawn = 0;
  const clear = (): string => (drawn > 0 ? `\x1b[${drawn}A\x1b[J` : '');
  const draw = (): void => {
    const lines = [...running].map(([source, state]) =>
      liveLine(source, state, now(), terminal.columns || USUAL_COLUMNS),
    );
    terminal.write(clear() + lines.map((line) => `${line}\n`).join(''));
    drawn = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    report(event) {
      const state = stateOf(running, event);
      follow(running, event, now());
      const line = event.kind === 'step' ? undefined : wordEvent(event, state, now());
      if (line) {
        terminal.write(`${clear()}${line}\n`);
        drawn = 0;
        draw();
      }
    },
    close() {
      clearInterval(timer);
      terminal.write(clear());
      drawn = 0;
    },
  };
}

function stateOf(running: ReadonlyMap<string, Running>, event: RunEvent): Running | undefined {
  return 'source' in event && event.source !== undefined ? running.get(event.source) : undefined;
}

function follow(running: Map<string, Running>, event: RunEvent, time: number): void {
  if (event.kind === 'step') {
    const before = running.get(event.source);
    const expected = event.expectedBytes ?? before?.expected;
    running.set(event.source, { step: event.step, bytes: 0, expected, began: before?.began ?? time });
  } else if (event.kind === 'progress') {
    const state = running.get(event.source);
    if (state) state.bytes = event.bytes;
  } else if (event.kind === 'done' || event.kind === 'ticked' || event.kind === 'failed') {
    running.delete(event.source);
  }
}

function liveLine(source: string, state: Running, time: number, columns: number): string {
  const elapsed = Math.max(1, time - state.began);
  const rate = state.bytes / elapsed;
  const left = state.expected !== undefined && rate > 0 ? (state.expected - state.bytes) / rate : undefined;
  const parts = [
    `  ${source}`,
    state.step,
    wordBytes(state.bytes),
    `${wordBytes(rate * 1000)}/s`,
    left !== undefined && left > 0 ? `about ${wordDuration(left)} left` : wordDuration(elapsed),
  ];
  return parts.join('  ').slice(0, Math.max(20, columns - 1));
}

/** Steps that take long enough to be told when they begin. */
const LONG_STEPS: readonly string[] = ['dump', 'restore', 'copy'];

/** The line for an event, or undefined when it has none. `state`: what was known of its source before it. */
function wordEvent(event: RunEvent, state: Running | undefined, time: number): string | undefined {
  const at = 'source' in event && event.source ? `${event.source}: ` : '';
  switch (event.kind) {
    case 'step':
      return LONG_STEPS.includes(event.step) ? `  ${at}${event.step}` : undefined;
    case 'progress':
      return undefined;
    case 'done':
      return `✓ ${at}${state?.step ?? 'done'}, ${wordBytes(event.bytes)} in ${wordDuration(time - (state?.began ?? time))}`;
    case 'ticked':
      return `✓ ${event.number}/${event.of} ${event.text}, ${wordDuration(event.milliseconds)}`;
    case 'failed':
      return `✗ ${at}${event.message}`;
    case 'skipped':
      return `- ${at}skipped: ${event.reason}`;
    case 'note':
      return `  note: ${at}${event.message}`;
    case 'warning':
      return `! ${at}${event.message}`;
  }
}
