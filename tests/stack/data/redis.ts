/** Fills Redis servers, starts further ones, and tells what they hold. */
import { type ContainerCli, containerCli } from '../container-cli.ts';
import { removeContainer, type Server } from '../containers.ts';

/** A server under test: its container, and commands to it. */
export interface RedisServer extends AsyncDisposable {
  readonly container: string;
  readonly cli: ContainerCli;
  /** Runs one command, and gives what the client printed. */
  ask(...words: string[]): Promise<string>;
  /** Runs a shell script in the container, where $cli is the client program. */
  shell(script: string): Promise<string>;
  /** Empties it and fills it with the same keys every time. */
  fill(): Promise<void>;
  /** Changes, adds and removes keys. */
  change(): Promise<void>;
  /** A hash of all keys, types and values that do not change by themselves. */
  content(): Promise<string>;
  /** Stops the container as a person would, starts it, and waits until it answers. */
  restart(): Promise<void>;
}

const FILL = `
redis.call('FLUSHALL')
for n = 1, 400 do redis.call('SET', 'word ' .. n, string.rep('waxed thread ', n)) end
for n = 1, 300 do
  redis.call('HSET', 'hash', 'field ' .. n, n * 7)
  redis.call('SADD', 'set', 'member ' .. n)
  redis.call('SADD', 'numbers', n)
  redis.call('ZADD', 'scores', n / 3, 'player ' .. n)
  redis.call('RPUSH', 'list', 'entry ' .. n)
  redis.call('XADD', 'stream', n .. '-1', 'n', n)
end
redis.call('HSET', 'short', 'a', 'b')
redis.call('XGROUP', 'CREATE', 'stream', 'readers', '0')
redis.call('XREADGROUP', 'GROUP', 'readers', 'one', 'COUNT', 5, 'STREAMS', 'stream', '>')
redis.call('SET', 'mortal', 'x', 'EX', 100000)
redis.call('SET', 'café\\0 東京', 'binary \\255')
redis.call('SELECT', 3)
for n = 1, 20 do redis.call('SET', n, n) end
return 'filled'`;

const CONTENT = `
local sum = ''
local function add(...) sum = redis.sha1hex(sum .. cjson.encode({...})) end
for _, base in ipairs({0, 3}) do
  redis.call('SELECT', base)
  local keys = redis.call('KEYS', '*')
  table.sort(keys)
  for _, key in ipairs(keys) do
    local kind = redis.call('TYPE', key).ok
    local value
    if key == 'ticks' or key == 'log' or key == 'stop' then value = ''
    elseif kind == 'string' then value = redis.call('GET', key)
    elseif kind == 'list' then value = redis.call('LRANGE', key, 0, -1)
    elseif kind == 'set' then value = redis.call('SORT', key, 'ALPHA')
    elseif kind == 'zset' then value = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    elseif kind == 'stream' then value = {redis.call('XRANGE', key, '-', '+'), redis.call('XPENDING', key, 'readers')}
    else
      value = redis.call('HKEYS', key)
      table.sort(value)
      for at, field in ipairs(value) do value[at] = {field, redis.call('HGET', key, field)} end
    end
    if value ~= '' then add(base, key, kind, value) end
  end
end
return sum`;

/** The server of a stack; nothing ends with it. */
export function redisServer(server: Server): RedisServer {
  return describe(containerCli(server.engine, server.dockerHost), server.container, server.password);
}

/** Starts one more server from the image of another, with further options; it goes when it is disposed of. */
export async function startRedis(like: Server, name: string, ...words: string[]): Promise<RedisServer> {
  const cli = containerCli(like.engine, like.dockerHost);
  const program = like.service === 'valkey' ? 'valkey-server' : 'redis-server';
  await removeContainer(cli, name);
  await cli.run(['run', '-d', '--name', name, like.image, program, '--requirepass', like.password, ...words]);
  const started = describe(cli, name, like.password);
  await untilAnswers(started);
  return { ...started, [Symbol.asyncDispose]: () => removeContainer(cli, name) };
}

function describe(cli: ContainerCli, container: string, password: string): RedisServer {
  const find = 'cli=$(command -v redis-cli || command -v valkey-cli);';
  const inside = (...words: string[]) =>
    cli.run(['exec', '-e', 'REDISCLI_AUTH', container, ...words], { env: { REDISCLI_AUTH: password } });
  const shell = (script: string) => inside('sh', '-c', `${find} ${script}`);
  const ask = async (...words: string[]) => (await inside('sh', '-c', `${find} "$cli" "$@"`, 'sh', ...words)).trim();
  const server: RedisServer = {
    container,
    cli,
    ask,
    shell,
    fill: async () => {
      const said = await ask('EVAL', FILL, '0');
      if (said !== 'filled') throw new Error(said);
    },
    change: async () => {
      const said = await ask(
        'EVAL',
        "redis.call('SET', 'word 7', 'changed'); redis.call('DEL', 'list', 'word 8'); return redis.call('SET', 'late', 1)",
        '0',
      );
      if (said !== 'OK') throw new Error(said);
    },
    content: () => ask('EVAL', CONTENT, '0'),
    restart: async () => {
      await cli.run(['stop', container]);
      await cli.run(['start', container]);
      await untilAnswers(server);
    },
    [Symbol.asyncDispose]: async () => {},
  };
  return server;
}

async function untilAnswers(server: RedisServer): Promise<void> {
  for (const end = Date.now() + 60_000; ; ) {
    const said = await server.ask('PING').catch(String);
    if (said === 'PONG') return;
    if (Date.now() > end) throw new Error(`"${server.container}" does not answer: ${said}`);
  }
}
