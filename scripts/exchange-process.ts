/** The program of a process that puts restored data in the place of old, for one kind of store; see datastores/exchange. */
import process from 'node:process';
import { processEnvironment } from './config/environment.ts';
import { runExchangeProcess } from './datastores/exchange/process.ts';
import { allEngines } from './engines/select.ts';

const work =
  process.argv[2] === 'redis'
    ? (await import('./datastores/redis/exchange/exchange.ts')).redisExchangeWork
    : (await import('./datastores/mongodb/exchange/exchange.ts')).mongoExchangeWork;

await runExchangeProcess(allEngines(processEnvironment()), work);
