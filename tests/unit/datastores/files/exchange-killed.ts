/** Begins an exchange and ends, as by kill -9, when it asks for one rename more than it is given. */
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const { place, exchange, renames } = JSON.parse(process.argv[2] ?? '{}');
const real = promises.rename;
let left: number = renames;
promises.rename = async (from, to) => {
  left -= 1;
  if (left < 0) process.exit(0);
  await real(from, to);
};
syncBuiltinESMExports();
const { exchangePlace } = await import('../../../../scripts/datastores/files/exchange.ts');
await exchangePlace(place, exchange);
