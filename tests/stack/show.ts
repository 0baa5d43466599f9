/** How the command line shows the servers. */
import type { StackState } from './state.ts';

/** Shell lines that let tests attach and hand the servers to Holdfast as URLs. */
export function environmentLines(state: StackState, file: string): string[] {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const urls = state.servers.map(({ service, url }) => {
    const name = service === 'mongo' ? 'MONGO_URL' : service === 'postgres' ? 'POSTGRES_URL' : 'POSTGRES_OLD_URL';
    return `export ${name}=${quoted(url)}`;
  });
  return [`export HOLDFAST_STACK_STATE=${quoted(file)}`, ...urls];
}

/** A table of the servers for people. */
export function statusLines(state: StackState, file: string): string[] {
  const lines = state.servers.map(({ service, engine, container, host, port, user }) =>
    [service.padEnd(13), engine.padEnd(7), container.padEnd(30), `${host}:${port}`.padEnd(16), user].join(' '),
  );
  return [...lines, `images from: ${state.way}; state: ${file}`];
}
