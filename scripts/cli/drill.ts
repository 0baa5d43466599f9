import type { Command } from 'commander';
import { run } from './run.ts';
import { collect, verb } from './verb.ts';

/** The verb that proves a set. */
export function addDrillVerb(program: Command): void {
  verb(program, 'drill', 'restore a set into throw-away servers, compare everything, and record the proof')
    .argument(
      '[set]',
      'latest, a name from the list, its unambiguous beginning, or the path of a file or folder',
      'latest',
    )
    .option(
      '--only <csv>',
      'only these kinds or sources: mongo, postgres/app; proves no more than that they can be read',
    )
    .option('--from <storage>', 'the storage to take it from (default: the first that has it)')
    .option('--image <kind=name>', 'the image of a throw-away server (repeat for more)', collect)
    .option('--report <file>', 'write the report, in Markdown, to this file as well')
    .option('--allow-unsigned', 'take a set that none of the allowed signers signed')
    .option('--keep', 'leave the throw-away servers running, and tell how to look into them and remove them')
    .option('-n, --dry-run', 'print images, sources and checks, and start nothing')
    .action(async (set: string, flags) => {
      await run(flags, async (room) => (await import('../commands/drill/drill.ts')).drill({ set, ...flags }, room));
    });
}
