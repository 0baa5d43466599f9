import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../../common/failure.ts';
import { yesOrNo } from '../../common/rules.ts';
import { defineNotifier } from '../member.ts';
import type { Notice } from '../notifier.ts';
import { shorten } from '../text.ts';

const run = promisify(execFile);

/** Characters that fit into the bubble of a desktop. */
const LONGEST_TITLE = 120;
const LONGEST_TEXT = 250;

/** JavaScript, because AppleScript's own way to read the environment breaks letters beyond ASCII. */
const MACOS_SCRIPT = `
ObjC.import('Foundation');
const app = Application.currentApplication();
app.includeStandardAdditions = true;
const environment = $.NSProcessInfo.processInfo.environment;
const read = (name) => ObjC.unwrap(environment.objectForKey(name));
app.displayNotification(read('HOLDFAST_TEXT'), { withTitle: read('HOLDFAST_TITLE') });
`;

/** A bubble on the desktop of the person whose machine this is. */
export const member = defineNotifier({
  audience: 'people',
  askedBy: 'show',
  settings: {
    show: {
      rule: yesOrNo,
      variable: 'BACKUP_DESKTOP_NOTIFY',
      about: 'Whether messages show on the desktop',
      standard: 'no',
    },
  },
  open: ({ show: wanted = true }, { name, environment, platform }) => ({
    name,
    unusable: () => {
      if (!wanted) return 'it is switched off';
      return hasDesktop(platform, environment) ? undefined : 'there is no desktop here';
    },
    send: (notice, { signal }) => show(notice, platform, environment, signal),
  }),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** notify-send talks over the session bus; a service or a login by SSH has none. */
function hasDesktop(platform: NodeJS.Platform, { DBUS_SESSION_BUS_ADDRESS, DISPLAY, WAYLAND_DISPLAY }: Environment) {
  return platform === 'darwin' || Boolean(DBUS_SESSION_BUS_ADDRESS || DISPLAY || WAYLAND_DISPLAY);
}

async function show(notice: Notice, platform: NodeJS.Platform, environment: Environment, signal: AbortSignal) {
  const title = shorten(notice.title, LONGEST_TITLE);
  const text = shorten([...notice.lines, notice.command ?? ''].filter((line) => line !== '').join('\n'), LONGEST_TEXT);
  const [program, args] = platform === 'darwin' ? macos() : linux(notice, title, text);
  // The texts are handed over by environment: spliced into a script they would be run.
  const given = { ...environment, HOLDFAST_TITLE: title, HOLDFAST_TEXT: text || title };
  try {
    await run(program, args, { env: given, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw failureOf(program, error as NodeJS.ErrnoException & { stderr?: string });
  }
}

function macos(): readonly [string, readonly string[]] {
  return ['osascript', ['-l', 'JavaScript', '-e', MACOS_SCRIPT]];
}

function linux({ kind }: Notice, title: string, text: string): readonly [string, readonly string[]] {
  const urgency = kind === 'failure' || kind === 'suspicious' ? 'critical' : 'normal';
  // Desktop Notifications Specification: the body is markup.
  const body = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return ['notify-send', ['--app-name=Holdfast', `--urgency=${urgency}`, '--', title, body]];
}

function failureOf(program: string, { code, stderr }: NodeJS.ErrnoException & { stderr?: string }): Failure {
  if (code === 'ENOENT') return new Failure('tool-missing', { message: `"${program}" is not installed` });
  return new Failure('tool-failed', { message: `"${program}" failed`, detail: stderr?.trim() || undefined });
}
