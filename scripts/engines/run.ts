import { createHash } from 'node:crypto';
import { Secret } from '../common/secret.ts';
import { conclude } from './conclude.ts';
import { startDeadline } from './deadline.ts';
import type { CallOptions, Command, RunResult } from './engine.ts';
import { compareOutput, missingTool, programName, unproven } from './outcome.ts';
import type { Transport } from './transport.ts';

/** Runs a short command; see Engine.run. Its output is proven like that of a stream. */
export async function runShort(
  transport: Transport,
  service: string,
  command: Command,
  options: CallOptions & { input?: string | Secret } = {},
): Promise<RunResult> {
  const what = programName(command);
  const { input = '' } = options;
  const bytes = Buffer.from(input instanceof Secret ? input.reveal() : input);
  const deadline = startDeadline(options, what);
  const running = transport.start(service, command, bytes.length > 0 ? 'input' : 'output', bytes.length);
  try {
    running.child.stdin.write(bytes);
    if (bytes.length > 0) running.finishInput(createHash('sha256').update(bytes).digest('hex'));
    const { end, verdict, output, sha256 } = await Promise.race([conclude(running, what), deadline.passed]);
    if (!verdict) throw await unproven(transport, service, { end, what });
    const failure =
      missingTool(command, verdict, end.stderr) ??
      (running.nonce ? compareOutput(what, verdict, { bytes: output.length, sha256 }) : undefined);
    if (failure) throw failure;
    return { code: verdict.code, stdout: output.toString(), stderr: end.stderr };
  } finally {
    deadline.stop();
    await running.close();
  }
}
