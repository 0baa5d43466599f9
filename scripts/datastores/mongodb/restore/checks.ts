import { Failure } from '../../../common/failure.ts';
import type { StoredSource } from '../../datastore.ts';
import type { Connection } from '../connection/connection.ts';
import { SYSTEM_DATABASES } from '../databases.ts';

/** Rights and versions, as far as they are known without a question. Throws Failure "settings", "tool-missing", "denied" or "version". */
export function checkServer(connection: Connection, source: StoredSource, target: string): void {
  const { label } = connection.address;
  if (SYSTEM_DATABASES.has(target)) {
    throw new Failure('settings', {
      message: `database "${target}" belongs to the server itself and is not restored over`,
      hint: 'restore it under another name, or by hand with the commands in RESTORE.md',
    });
  }
  if (connection.tools.mongorestore === undefined) {
    throw new Failure('tool-missing', { message: `there is no mongorestore where ${label} is` });
  }
  if (!connection.writable) {
    throw new Failure('denied', { message: `${label} is a secondary: it takes no writes`, hint: 'name the primary' });
  }
  const recorded = source.serverVersion ?? detail(source, 'serverVersion');
  requireNotOlder('server', recorded?.split('.')[0], connection.version, label);
  const feature = detail(source, 'featureVersion');
  if (connection.featureVersion !== undefined) requireNotOlder('feature', feature, connection.featureVersion, label);
}

/** A newer server reads what an older one wrote; the other way is not supported. `recorded` sets the precision. */
function requireNotOlder(what: string, recorded: string | undefined, found: string, label: string): void {
  if (recorded === undefined) return;
  const [wanted, present] = [numbers(recorded), numbers(found)];
  const at = wanted.findIndex((number, index) => number !== (present[index] ?? 0));
  if (at < 0 || (wanted[at] ?? 0) < (present[at] ?? 0)) return;
  throw new Failure('version', { message: `${what} version of ${label} is ${found}, the dump is of ${recorded}` });
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0);
}

function detail(source: StoredSource, name: string): string | undefined {
  const value = source.facts?.details[name];
  return typeof value === 'string' ? value : undefined;
}
