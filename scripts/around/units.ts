import { Failure } from '../common/failure.ts';
import type { CallOptions } from '../engines/engine.ts';
import { type Program, saidBy } from './programs.ts';
import type { FoundService, UnitRef } from './service-ref.ts';

/** Who asks: root's units are the machine's. */
export interface UnitAsker {
  readonly systemctl: Program;
  readonly userId: number;
}

type FoundUnit = Extract<FoundService, { kind: 'unit' }>;

/**
 * Finds a unit: of the user's own manager first where it is not root who asks. Throws Failure "not-found" and
 * "tool-missing". `running` false: it does not run.
 */
export async function findUnit(
  name: string,
  { systemctl, userId }: UnitAsker,
  options: CallOptions,
): Promise<{ unit: FoundUnit; running: boolean }> {
  const managers = userId === 0 ? (['system'] as const) : (['user', 'system'] as const);
  const words: string[] = [];
  for (const manager of managers) {
    const found = await systemctl([`--${manager}`, 'show', ...PROPERTIES, name], options);
    const facts = factsOf(found.stdout);
    const loaded = facts.get('LoadState');
    if (found.code === 0 && loaded !== undefined && loaded !== 'not-found') {
      return { unit: { kind: 'unit', manager, name: facts.get('Id') ?? name }, running: isUp(facts) };
    }
    words.push(`${manager}: ${found.stderr.trim() || loaded || 'no answer'}`);
  }
  throw new Failure('not-found', {
    message: `systemd has no unit "${name}"`,
    detail: words.join('\n'),
    step: 'services',
    hint: 'correct "services" in holdfast.yaml; systemctl list-units shows what there is',
  });
}

const PROPERTIES = ['--property=Id', '--property=LoadState', '--property=ActiveState', '--'];

/** systemctl(1): "show" prints one "Name=value" a line. */
function factsOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function isUp(facts: ReadonlyMap<string, string>): boolean {
  return !['inactive', 'failed', undefined].includes(facts.get('ActiveState'));
}

/** Stops a unit and waits until it has ended; gives what systemd said, such as that a socket may start it again. */
export async function stopUnit(ref: UnitRef, { systemctl }: UnitAsker, options: CallOptions): Promise<string[]> {
  const said = await tell('stop', ref, systemctl, options);
  const { stdout } = await systemctl([`--${ref.manager}`, 'show', ...PROPERTIES, ref.name], options);
  if (!isUp(factsOf(stdout))) return said;
  throw new Failure('tool-failed', {
    message: `unit "${ref.name}" runs again after it was stopped`,
    detail: said.join('\n') || undefined,
    step: 'stop',
    hint: 'stop what starts it (a socket, a timer, another unit) as well: list it in "services" before it',
  });
}

/** Starts a unit; one that runs is fine. */
export async function startUnit(ref: UnitRef, { systemctl }: UnitAsker, options: CallOptions): Promise<string[]> {
  return await tell('start', ref, systemctl, options);
}

async function tell(verb: 'start' | 'stop', ref: UnitRef, systemctl: Program, options: CallOptions): Promise<string[]> {
  const what = `systemctl ${verb} ${ref.name}`;
  const { stderr } = await saidBy(systemctl, [`--${ref.manager}`, '--no-ask-password', verb, '--', ref.name], {
    what,
    options,
  });
  return stderr.trim() === '' ? [] : [`${what}: ${stderr.trim()}`];
}
