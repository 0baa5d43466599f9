/** Servers of a test's own whose dump tools can be told to lie. */
import process from 'node:process';
import { openTiny, type Tiny } from '../e2e/tiny.ts';
import { containerCli } from '../stack/container-cli.ts';
import { type Server, type Stack, startStack, stopStack } from '../stack/stack.ts';

/** Put before the real tool. What it does is read from a file at each call, and only the databases of `LIED` are lied about. */
const LIAR = `#!/bin/sh
lie=$(cat /lie 2>/dev/null)
case "$(basename "$0") $* $PGDATABASE" in
*mongodump*--db=hf_lied* | *pg_dump\\ *--format=custom*hf_lied* | *pg_dumpall*--globals-only*) ;;
*) lie= ;;
esac
real() { "$0.real" "$@"; }
half() {
  real "$@" >"/tmp/liar.$$"
  head -c "$(($(wc -c <"/tmp/liar.$$") / 2))" "/tmp/liar.$$"
  rm "/tmp/liar.$$"
}
set -- "$@"
case $lie in
'half, exit 0') half "$@" ;;
'all, exit 1') real "$@"; echo 'liar: something went wrong' >&2; exit 1 ;;
'nothing, exit 0') ;;
'CRLF') real "$@" | LC_ALL=C sed 's/$/\\r/' ;;
'killed') half "$@"; kill -KILL $$ ;;
'something after the end') real "$@"; echo 'and one more thing' ;;
'only a header') real "$@" | head -c 64 ;;
'an empty one') empty "$@" ;;
'a flood on stderr') yes 'liar: the same again and again' | head -c 100000000 >&2; real "$@" ;;
'hangs') half "$@"; sleep 1000.7 ;;
*) exec "$0.real" "$@" ;;
esac`;

/** A dump that is whole and well-formed, and holds nothing. */
const EMPTY = `empty() {
  case $0 in
  *mongodump) for word; do shift; case $word in --db=*) word=--db=hf_nothing ;; esac; set -- "$@" "$word"; done; real "$@" ;;
  *pg_dump) for word; do shift; case $word in --snapshot=*) ;; *) set -- "$@" "$word" ;; esac; done
    PGDATABASE=template1 real "$@" ;;
  *) printf -- '--\\n-- PostgreSQL database cluster dump\\n--\\n\\n--\\n-- PostgreSQL database cluster dump complete\\n--\\n\\n' ;;
  esac
}
`;

/** Where the tools lie that Holdfast uses. */
const FIND =
  'ls /usr/lib/postgresql/*/bin/pg_dump /usr/lib/postgresql/*/bin/pg_dumpall 2>/dev/null; command -v mongodump; true';

/** What a test of liars works with. */
export interface Liars extends AsyncDisposable {
  readonly stack: Stack;
  /** Databases that the tools lie about: `hf_lied` on both servers. */
  readonly lied: Tiny;
  /** Databases that they never lie about: `hf_honest`. */
  readonly honest: Tiny;
  /** What the tools do from now on; undefined: their work. */
  tell(lie: string | undefined): Promise<void>;
  /** The same for the tools of one server alone. */
  tellOne(server: Server, lie: string | undefined): Promise<void>;
  /** The name under which startStack() finds the servers again. */
  readonly project: string;
}

/** Starts servers of its own; `word` keeps two tests apart. */
export async function startLiars(word: string): Promise<Liars> {
  const project = `${process.env.HOLDFAST_STACK_PROJECT ?? 'holdfast-stack'}-${word}`;
  // Tools that lie already would be taken for real ones.
  await stopStack(project);
  const stack = await startStack({ project });
  const servers = [stack.postgres, stack.mongo];
  try {
    await Promise.all(servers.map(install));
    const [lied, honest] = [await openTiny(stack, 'lied'), await openTiny(stack, 'honest')];
    const tellOne: Liars['tellOne'] = async (server, lie) => void (await inside(server, 'cat >/lie', lie ?? ''));
    const tell: Liars['tell'] = async (lie) => void (await Promise.all(servers.map((one) => tellOne(one, lie))));
    return { stack, project, lied, honest, tell, tellOne, [Symbol.asyncDispose]: () => stopStack(project) };
  } catch (error) {
    await stopStack(project);
    throw error;
  }
}

/** Runs a script in the container of a server, as root. */
export function inside(server: Server, script: string, input = ''): Promise<string> {
  const cli = containerCli(server.engine, server.dockerHost);
  return cli.run(['exec', '-i', server.container, 'sh', '-c', script], { input });
}

async function install(server: Server): Promise<void> {
  const found = (await inside(server, FIND)).split('\n').filter(Boolean);
  const wanted = found.filter((path) => path.includes(server.kind === 'mongo' ? 'mongodump' : 'pg_dump'));
  const text = LIAR.replace('set -- "$@"\n', EMPTY);
  for (const path of wanted) {
    // The real tool moves aside: what was there before is a link in some images, and its name decides what it does.
    const script = `mv "${path}" "${path}.real" && cat >"${path}" && chmod 755 "${path}"`;
    await inside(server, script, text);
  }
}
