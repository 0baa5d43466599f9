import { Failure, type FailureCode } from '../common/failure.ts';
import { type ChildEnd, exitCode } from './child.ts';
import type { EngineName } from './engine.ts';

/** What the clients of docker and podman are known to say, and what it means. Order matters: the first match counts. */
const MEANINGS: readonly { words: RegExp; code: FailureCode; say: (about: About) => string; hint?: Hint }[] = [
  {
    words: /permission denied.*(daemon|socket|docker\.sock|podman\.sock)/i,
    code: 'denied',
    say: ({ name }) => `the engine "${name}" does not let this user in`,
    hint: ({ name }) => (name === 'docker' ? 'add the user to the group "docker", or use podman' : undefined),
  },
  {
    words:
      /cannot connect to|is the docker daemon running|unable to connect to|connection refused|no such host|dial unix/i,
    code: 'unreachable',
    say: ({ name }) => `the engine "${name}" does not answer`,
    hint: ({ name }) => (name === 'docker' ? 'sudo systemctl start docker' : 'podman machine start'),
  },
  {
    words: /no such (container|object)|no container with name or id/i,
    code: 'unreachable',
    say: ({ name, service }) => `${name} has no container "${service}"`,
    hint: ({ name }) => `${name} ps -a`,
  },
  {
    words: /is not running|container state improper|only create exec sessions on running|is paused|is restarting/i,
    code: 'unreachable',
    say: ({ service }) => `the container "${service}" is not running`,
    hint: ({ name, service }) => `${name} start ${service}`,
  },
  {
    words: /exec:? .*(executable file not found|no such file or directory)/i,
    code: 'tool-missing',
    say: ({ service }) => `the container "${service}" has no program "sh"`,
  },
];

interface About {
  readonly name: EngineName;
  /** Empty when the call was about no single container. */
  readonly service: string;
}
type Hint = (about: About) => string | undefined;

/** The Failure behind a client that could not be started or whose words are known; undefined otherwise. */
export function explainClient(about: About, program: string, end: ChildEnd): Failure | undefined {
  if (end.problem) return missingClient(program, end.problem);
  if (exitCode(end) === 0) return undefined;
  const detail = end.stderr.trim();
  const meaning = MEANINGS.find(({ words }) => words.test(detail));
  if (!meaning) return undefined;
  return new Failure(meaning.code, { message: meaning.say(about), detail, hint: meaning.hint?.(about) });
}

function missingClient(program: string, problem: NodeJS.ErrnoException): Failure {
  const why = problem.code === 'ENOENT' ? 'is not installed, or not on the PATH' : 'cannot be started';
  return new Failure('tool-missing', { message: `the program "${program}" ${why}`, detail: problem.message });
}
