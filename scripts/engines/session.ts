import { exitCode } from './child.ts';
import { startDeadline } from './deadline.ts';
import type { CallOptions, Command, Session } from './engine.ts';
import { programName } from './outcome.ts';
import type { Transport } from './transport.ts';

/** Opens a conversation; see Engine.open. */
export function openSession(
  transport: Transport,
  service: string,
  command: Command,
  options: CallOptions = {},
): Session {
  const running = transport.start(service, command, 'conversation', 0);
  const deadline = startDeadline(options, programName(command));
  const { stdin, stdout, ended } = running.child;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= running.close();
    return closing;
  };
  // The end shows in `ended`; close() has nothing to add but that the child is gone.
  deadline.passed.catch(close);
  const result = ended.then((end) => {
    deadline.stop();
    const words = end.problem === undefined ? end.stderr : `${end.problem.message}\n${end.stderr}`;
    return { code: exitCode(end), stdout: '', stderr: words };
  });
  return { stdin, stdout, ended: result, close };
}
