import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { EngineSubject } from './engines.ts';
import { assertFails } from './engines-failure.ts';

const shell = (script: string) => ({ argv: ['sh', '-c', script] as [string, ...string[]] });

/** Short commands and conversations. */
export function programs({ engine, service }: EngineSubject): void {
  for (const code of [0, 1, 3, 125, 255]) {
    test(`a command that ends with ${code} gives ${code}, its output and its words`, async () => {
      const result = await engine.run(service, shell(`echo out; echo words >&2; exit ${code}`));
      assert.deepEqual(result, { code, stdout: 'out\n', stderr: 'words\n' });
    });
  }

  test('a program that is not there is a missing tool and named', async () => {
    const failure = await assertFails(engine.run(service, { argv: ['pg_nothing'] }), 'tool-missing');
    assert.match(failure.message, /"pg_nothing"/);
  });

  test('a file that cannot be executed is a missing tool', async () => {
    await assertFails(engine.run(service, { argv: ['/etc/passwd'] }), 'tool-missing');
  });

  test('a program that was ended by a signal gives 128 and its number', async () => {
    assert.equal((await engine.run(service, shell('kill -KILL $$'))).code, 137);
    assert.equal((await engine.run(service, shell('kill -TERM $$'))).code, 143);
  });

  test('text reaches the standard input of a command', async () => {
    const input = 'line\r\nwithout end \u00e4\u0000';
    assert.equal((await engine.run(service, { argv: ['cat'] }, { input })).stdout, input);
  });

  test('a command may leave its input unread', async () => {
    assert.equal((await engine.run(service, { argv: ['true'] }, { input: 'x'.repeat(300_000) })).code, 0);
  });

  test('a command without input finds its standard input at its end', async () => {
    assert.equal((await engine.run(service, { argv: ['cat'] })).stdout, '');
  });

  test('arguments arrive as they are, with spaces, quotes, dollars and line ends', async () => {
    const odd = ['a b', `"'`, '$HOME `id` $(id)', 'two\nlines', '-n', '*', ''];
    const { stdout } = await engine.run(service, { argv: ['sh', '-c', 'printf "[%s]" "$@"', 'sh', ...odd] });
    assert.equal(stdout, odd.map((one) => `[${one}]`).join(''));
  });

  test('variables arrive with any value', async () => {
    const value = `a b"'$x\nsecond=line \u00e4`;
    assert.equal((await engine.run(service, { ...shell('printf %s "$ODD"'), env: { ODD: value } })).stdout, value);
  });

  test('only descriptors 0, 1 and 2 are open in a program', async () => {
    // sh opens nothing that it does not close again; the last one is the folder itself, read by the shell
    const { stdout } = await engine.run(
      service,
      shell('for fd in 3 4 5 6 7 8 9; do (eval ": >&$fd") && echo $fd; done'),
    );
    assert.equal(stdout, '');
  });

  test('100 MB on stderr neither hold up nor grow, and the end of them is kept', async () => {
    const before = process.memoryUsage().rss;
    const flood = 'head -c 100000000 /dev/zero | tr "\\0" x >&2; echo the end >&2; echo small';
    const { code, stdout, stderr } = await engine.run(service, shell(flood));
    assert.deepEqual([code, stdout], [0, 'small\n']);
    assert.ok(stderr.endsWith('xxx\nthe end\n') || stderr.endsWith('xxxthe end\n'), stderr.slice(-40));
    assert.ok(stderr.length <= 64 * 1024, `${stderr.length} characters`);
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(grown < 80, `grew by ${grown} MiB`);
  });

  test('output that is too long for one text is a failure, never cut', async () => {
    await assertFails(engine.run(service, { argv: ['head', '-c', '17000000', '/dev/zero'] }), 'tool-failed');
  });

  test('a conversation goes both ways and gives the exit code', async () => {
    const session = engine.open(service, shell('while read -r word; do echo "got $word"; done; exit 5'));
    for (const word of ['one', 'two']) {
      session.stdin.write(`${word}\n`);
      assert.equal(String((await once(session.stdout, 'data'))[0]), `got ${word}\n`);
    }
    session.stdin.end();
    assert.equal((await session.ended).code, 5);
    await session.close();
  });

  test('a conversation that is closed is over within three seconds, twice if need be', async () => {
    const session = engine.open(service, { argv: ['sleep', '1000'] });
    const begun = Date.now();
    await Promise.all([session.close(), session.close()]);
    assert.notEqual((await session.ended).code, 0);
    assert.ok(Date.now() - begun < 3000 + startUp, `${Date.now() - begun} ms`);
  });
}

/** What an engine may take to start a program on a busy machine, in milliseconds. */
const startUp = 5000;
