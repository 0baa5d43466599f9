/** actionlint, which knows what GitHub Actions takes; built from its module once for this machine. */
import { goProgram } from './go-program.ts';

/** Gives the path of actionlint. */
export async function actionlint(): Promise<string> {
  return await goProgram({
    name: 'actionlint',
    module: 'github.com/rhysd/actionlint',
    version: 'v1.7.12',
    source: 'github.com/rhysd/actionlint/cmd/actionlint',
  });
}
