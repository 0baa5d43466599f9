/** Fills InfluxDB servers, and tells what they hold. */
import { quoteName } from '../../../scripts/datastores/influxdb/influxql.ts';
import { type ContainerCli, containerCli } from '../container-cli.ts';
import type { Server } from '../containers.ts';

/** A server under test: its container, and commands to it. */
export interface InfluxServer {
  readonly container: string;
  readonly cli: ContainerCli;
  /** Runs statements in a database, and gives what the client printed as JSON. */
  ask(statements: string, database?: string): Promise<string>;
  /** Runs a shell script in the container; the client program finds the login in its environment. */
  shell(script: string): Promise<string>;
  /** Makes a database anew: two retention policies, names that need quotes, fields of every type, a query, a right. */
  fill(database: string): Promise<void>;
  /** Everything that a database holds, sorted; what a writer of a test writes ("ticks") is left out. */
  content(database: string): Promise<string>;
}

const LOGIN = 'export INFLUX_USERNAME="$INFLUXDB_ADMIN_USER" INFLUX_PASSWORD="$INFLUXDB_ADMIN_PASSWORD";';

/** 2023-11-14, in nanoseconds; points stand a quarter of a day apart, so that there are several shards. */
const START = 1_700_000_000n * 1_000_000_000n;
const STEP = 21_600n * 1_000_000_000n;

/** The server of a stack; nothing ends with it. */
export function influxServer({ engine, dockerHost, container }: Server): InfluxServer {
  const cli = containerCli(engine, dockerHost);
  const shell = (script: string, ...words: string[]) =>
    cli.run(['exec', container, 'sh', '-c', `${LOGIN} ${script}`, 'sh', ...words]);
  const ask = (statements: string, database = '') =>
    shell('influx -database "$2" -format json -execute "$1"', statements, database);
  return {
    container,
    cli,
    ask,
    shell,
    fill: async (database) => {
      const name = quoteName(database);
      for (const statement of [
        `DROP DATABASE ${name}`,
        `CREATE DATABASE ${name}`,
        `CREATE RETENTION POLICY "a long year" ON ${name} DURATION 5200w REPLICATION 1 SHARD DURATION 52w`,
        `CREATE CONTINUOUS QUERY means ON ${name} BEGIN SELECT mean(v) INTO ${name}."a long year".m FROM ${name}.autogen.cpu GROUP BY time(1h) END`,
        `CREATE USER reader WITH PASSWORD 'x'`,
        `GRANT READ ON ${name} TO reader`,
      ]) {
        await ask(statement);
      }
      const lines = ['# DML', `# CONTEXT-DATABASE: ${database}`, ...cpuLines()];
      const others = ['# CONTEXT-RETENTION-POLICY: a long year', ...otherLines()];
      const script =
        'printf "%s\\n" "$1" >/tmp/points && influx -import -path /tmp/points 2>&1 | grep -q "Failed 0"; rm /tmp/points';
      await shell(script, lines.join('\n'));
      await shell(script, [...lines.slice(0, 2), ...others].join('\n'));
    },
    content: async (database) => {
      const told = await ask('SELECT * FROM "autogen"./[^s]$/, "a long year"./[^s]$/ GROUP BY *', database);
      const { results } = JSON.parse(told) as { results: { series?: object[] }[] };
      return results
        .flatMap(({ series = [] }) => series.map((one) => JSON.stringify(one)))
        .sort()
        .join('\n');
    },
  };
}

/** A client that never pauses; `stop` tells how often it wrote a point, and how often it had to make the database. */
export interface Writer {
  stop(): Promise<{ written: number; made: number }>;
}

/** Writes "ticks" over HTTP, point after point, and makes the database as soon as it is missing, as Telegraf does. */
export function keepWriting({ host, port, user, password }: Server, database: string): Writer {
  const headers = { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  const post = async (path: string, words: Record<string, string>, body?: string): Promise<number> => {
    const url = `http://${host}:${port}/${path}?${new URLSearchParams(words)}`;
    const answer = await fetch(url, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
    await answer.arrayBuffer();
    return answer.status;
  };
  let [written, made, isOver] = [0, 0, false];
  const writing = (async () => {
    while (!isOver) {
      const status = await post('write', { db: database }, `ticks n=${written}i`);
      if (status === 204) written += 1;
      if (status !== 404) continue;
      made += 1;
      await post('query', { q: `CREATE DATABASE ${quoteName(database)}` });
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await writing;
      return { written, made };
    },
  };
}

function cpuLines(): string[] {
  return Array.from({ length: 200 }, (_, at) => `cpu,host=h${at % 5} v=${at},w=2.5 ${START + BigInt(at) * STEP}`);
}

function otherLines(): string[] {
  return [
    `we\\ ird\\,m"x,ta\\=g=café\\ 東京 fi\\ eld=1i,b=true,s="say \\"so\\"" ${START}`,
    `mem,host=a used=7i ${START}`,
    `mem,host=b used=8i,free=1.5 ${START + STEP}`,
  ];
}
