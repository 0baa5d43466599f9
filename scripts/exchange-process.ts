/** The program of a process that puts collections of MongoDB in the place of others; see datastores/mongodb/exchange. */
import { processEnvironment } from './config/environment.ts';
import { runExchangeProcess } from './datastores/mongodb/exchange/process.ts';
import { allEngines } from './engines/select.ts';

await runExchangeProcess(allEngines(processEnvironment()));
