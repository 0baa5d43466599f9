/** The program of a process that puts restored data in the place of old, for one kind of store; see datastores/exchange. */
import process from 'node:process';
import { processEnvironment } from './config/environment.ts';
import { runExchangeProcess } from './datastores/exchange/process.ts';
import { loadExchange } from './datastores/index.ts';
import { allEngines } from './engines/select.ts';

await runExchangeProcess(allEngines(processEnvironment()), await loadExchange(process.argv[2] ?? ''));
