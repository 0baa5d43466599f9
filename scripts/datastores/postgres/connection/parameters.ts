import { Failure } from '../../../common/failure.ts';

/** libpq's environment variable for each parameter of a URL (PostgreSQL docs, "Environment Variables"). */
const VARIABLES: Readonly<Record<string, string>> = {
  sslmode: 'PGSSLMODE',
  sslnegotiation: 'PGSSLNEGOTIATION',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslcrl: 'PGSSLCRL',
  sslcrldir: 'PGSSLCRLDIR',
  ssl_min_protocol_version: 'PGSSLMINPROTOCOLVERSION',
  ssl_max_protocol_version: 'PGSSLMAXPROTOCOLVERSION',
  channel_binding: 'PGCHANNELBINDING',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  gssencmode: 'PGGSSENCMODE',
  krbsrvname: 'PGKRBSRVNAME',
  hostaddr: 'PGHOSTADDR',
  passfile: 'PGPASSFILE',
  requirepeer: 'PGREQUIREPEER',
  require_auth: 'PGREQUIREAUTH',
  service: 'PGSERVICE',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  load_balance_hosts: 'PGLOADBALANCEHOSTS',
  options: 'PGOPTIONS',
};
/** Parameters that are used elsewhere (dbname) or that we set ourselves. */
const IGNORED = new Set(['dbname', 'application_name', 'fallback_application_name', 'client_encoding']);

/** Turns the parameters of a PostgreSQL URL into libpq's environment. Throws Failure "settings" for an unknown one. */
export function parameterEnvironment(parameters: Readonly<Record<string, string>> = {}): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const variable = VARIABLES[name];
    if (variable !== undefined) environment[variable] = value;
    else if (!IGNORED.has(name)) throw unknown(name);
  }
  return environment;
}

function unknown(name: string): Failure {
  const known = Object.keys(VARIABLES).join(', ');
  return new Failure('settings', {
    message: `found parameter "${name}" in the URL of a PostgreSQL server, expected one of ${known}`,
  });
}
