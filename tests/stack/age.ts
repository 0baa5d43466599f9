/** The stock age of its makers, built from its Go module. */
import { goProgram } from './go-program.ts';

const MODULE = { module: 'filippo.io/age', version: 'v1.3.2' };

/** The path of the program `age`. */
export async function ageBinary(): Promise<string> {
  return await goProgram({ name: 'age', ...MODULE, source: `${MODULE.module}/cmd/age` });
}
