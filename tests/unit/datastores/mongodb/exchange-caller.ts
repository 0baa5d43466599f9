/** Asks for an exchange as a command would; a test kills it in the middle. Its order is an argument. */
import type { Exchange } from '../../../../scripts/datastores/generation.ts';
import { attachOrStart } from '../../../stack/stack.ts';
import { openBench, withServer } from './server.ts';

const stack = await attachOrStart({ services: ['mongo'] });
const bench = await openBench(stack.mongo);
const exchange = JSON.parse(process.argv[2] as string) as Exchange;
await withServer(bench, (server) => server.exchange([exchange], bench.context));
await bench.client.close();
