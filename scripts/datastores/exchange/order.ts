import { Failure, type FailureCode } from '../../common/failure.ts';
import { Secret } from '../../common/secret.ts';
import type { Engine } from '../../engines/engine.ts';
import type { ServerAddress } from '../address.ts';
import type { Exchange } from '../generation.ts';

/** What a process that exchanges is told on its standard input. */
export interface Order {
  readonly address: Omit<ServerAddress, 'engine' | 'password'>;
  readonly engine: Engine['name'];
  readonly password: string | undefined;
  readonly exchanges: readonly Exchange[];
}

/** What it answers on its standard output. */
export type Answer = { readonly notes: readonly string[] } | { readonly failure: FailureFields };

type FailureFields = Pick<Failure, 'message' | 'source' | 'step' | 'detail' | 'stands' | 'hint'> & {
  readonly code: FailureCode;
};

/** Writes an order. Holds the password in clear: for a pipe alone. */
export function writeOrder({ engine, password, ...address }: ServerAddress, exchanges: readonly Exchange[]): string {
  const order: Order = { address, engine: engine.name, password: password?.reveal(), exchanges };
  return JSON.stringify(order);
}

/** The address again, with the engine of that name among those of this process. */
export function addressOf({ address, engine, password }: Order, engines: readonly Engine[]): ServerAddress {
  const found = engines.find(({ name }) => name === engine);
  if (found === undefined) throw new Failure('internal', { message: `there is no engine "${engine}"` });
  return { ...address, engine: found, ...(password !== undefined && { password: new Secret(password) }) };
}

/** A failure as it goes over a pipe. */
export function writeFailure({ code, message, source, step, detail, stands, hint }: Failure): Answer {
  return { failure: { code, message, source, step, detail, stands, hint } };
}

/** Gives the notes, or throws the failure. */
export function readAnswer(text: string): readonly string[] {
  const answer = JSON.parse(text) as Answer;
  if ('notes' in answer) return answer.notes;
  const { code, ...facts } = answer.failure;
  throw new Failure(code, facts);
}
