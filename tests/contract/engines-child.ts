/** A process that the contract kills: node engines-child.ts ENGINE SERVICE CALL PROGRAM [ARGUMENT...]. */
import { Readable } from 'node:stream';
import type { Command } from '../../scripts/engines/engine.ts';
import { allEngines } from '../../scripts/engines/select.ts';

const [name, service = '', call, program = '', ...rest] = process.argv.slice(2);
const engine = allEngines(process.env).find((one) => one.name === name);
if (!engine) throw new Error(`no engine "${name}"`);
const command: Command = { argv: [program, ...rest] };
const endless = () => new Readable({ read: (size) => void setTimeout(() => source.push(Buffer.alloc(size)), 5) });
const source = endless();

if (call === 'read') engine.read(service, command).stream.resume();
if (call === 'write') await engine.write(service, command, source, Number.MAX_SAFE_INTEGER);
if (call === 'open') engine.open(service, command).stdin.write('hello\n');
