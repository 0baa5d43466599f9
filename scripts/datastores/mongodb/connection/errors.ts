import { Failure, toFailure } from '../../../common/failure.ts';

/** Codes of the server: https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml. */
export const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;
export const NAMESPACE_NOT_FOUND = 26;
export const COMMAND_NOT_FOUND = 59;
export const NOT_IMPLEMENTED = 238;

/** The server's own number of an error that the driver threw, or undefined. */
export function serverCode(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
}

/**
 * Turns what the driver throws into a Failure: "denied" (login or rights), "settings" (URL), "version" (a server that is
 * too old for the driver), "unreachable" (network, time-out), "tool-failed" for every other answer of the server.
 * `label` names the server. The driver's messages hold no passwords: it gets them apart from the URL.
 */
export function driverFailure(error: unknown, label: string): Failure {
  if (!(error instanceof Error) || error instanceof Failure || !error.name.startsWith('Mongo')) return toFailure(error);
  const facts = { detail: error.message, cause: error };
  if (serverCode(error) === AUTHENTICATION_FAILED) {
    return new Failure('denied', { ...facts, message: `login to ${label} was refused` });
  }
  if (serverCode(error) === UNAUTHORIZED) {
    return new Failure('denied', { ...facts, message: `a right is missing on ${label}` });
  }
  if (/requires? at least|at least.*wire version|maximum wire version/i.test(error.message)) {
    return new Failure('version', { ...facts, message: `${label} is too old, expected 4.2 or later` });
  }
  if (/^Mongo(Parse|InvalidArgument|MissingDependency|API)Error$/.test(error.name)) {
    return new Failure('settings', { ...facts, message: `the settings of ${label} cannot be used` });
  }
  if (/^Mongo(Network|ServerSelection|TopologyClosed|PoolCleared|WriteConcern).*Error$/.test(error.name)) {
    return new Failure('unreachable', { ...facts, message: `${label} does not answer` });
  }
  return new Failure('tool-failed', { ...facts, message: `${label} answered with an error` });
}

/** Runs a question to the server; whatever the driver throws becomes a Failure of {@link driverFailure}. */
export async function asked<T>(label: string, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw driverFailure(error, label);
  }
}
