import type { Command } from 'commander';
import { run } from './run.ts';
import { collect, verb } from './verb.ts';

/** The verbs about sets: making, restoring, listing, keeping. */
export function addSetVerbs(program: Command): void {
  verb(program, 'backup', 'dump everything that is configured or found, check it, and keep it as one set')
    .argument('[sources...]', 'kinds or sources: mongo, postgres, postgres/app; all (default: all)')
    .option('-c, --components <csv>', 'the same as sources, as one word with commas')
    .option('--label <word>', 'a word to find the set by, such as pre-migration; pins it')
    .option('--to <csv>', 'only these storages (default: all)')
    .option('-o, --output <file>', 'into this one file, and into no storage; a folder gets a file of the usual name')
    .option('-n, --dry-run', 'print what would be done, and do nothing')
    .option('-y, --yes', 'answer every question with yes (backup asks none)')
    .action(async (sources: string[], flags) => {
      await run(flags, async (room) =>
        (await import('../commands/backup/backup.ts')).backup({ sources, ...flags }, room),
      );
    });

  verb(program, 'restore', 'check a set, show the plan, confirm, restore, compare')
    .argument(
      '[set]',
      'latest, a name from the list, its unambiguous beginning, or the path of a file or folder',
      'latest',
    )
    .option('-c, --components <csv>', 'only these kinds or sources: mongo, postgres/app; all')
    .option('--only <csv>', 'the same as --components')
    .option('--from <storage>', 'the storage to take it from (default: the first that has it)')
    .option('--to <name=other>', 'to another database, or NAME=SERVER/OTHER, or NAME=URL (repeat for more)', collect)
    .option('--into <name>', 'into a new database, to look at or copy from')
    .option('--tables <csv>', 'only these tables: orders, billing.invoices')
    .option('--schema <csv>', 'only these schemas: tenant_x')
    .option('--collections <csv>', 'only these collections')
    .option('--swap', 'beside the old data and then in its place, or not at all (default: where it can be had)')
    .option('--in-place', 'over the old data, all or nothing where that can be had')
    .option('--exact', 'in place: what is not in the set goes as well')
    .option('--force-config', 'of secrets: env files that are there and differ are replaced as well')
    .option('--secrets', 'yes, the secrets too: beside --yes, in place of the word that is typed for them')
    .option('--no-safety-backup', 'do not back up what is overwritten before it is')
    .option('--no-services', 'leave the services of the application running')
    .option('--production', 'yes, into the environment that is marked as production')
    .option('--foreign', 'yes, a set of another environment')
    .option('--forget', 'remove what restores kept of the old data (SET: the stamp of one of them; default: all)')
    .option('-n, --dry-run', 'check everything and print the plan, and change nothing')
    .option('-y, --yes', 'do not ask before the databases are replaced')
    .option('--allow-unsigned', 'take a set that none of the allowed signers signed')
    .action(async (set: string, { forget, ...flags }) => {
      await run(flags, async (room) =>
        forget
          ? (await import('../commands/restore/forget.ts')).forget({ set, ...flags }, room)
          : (await import('../commands/restore/restore.ts')).restore({ set, ...flags }, room),
      );
    });

  verb(program, 'undo', 'bring back what was live before a restore, also before one that was killed')
    .argument('[restore]', 'its stamp, such as 20261121_235220 (default: the last one that changed something)')
    .option('--no-services', 'leave the services of the application running')
    .option('--production', 'yes, in the environment that is marked as production')
    .option('-n, --dry-run', 'print the plan, and change nothing')
    .option('-y, --yes', 'do not ask before the databases are replaced')
    .action(async (restore: string | undefined, flags) => {
      await run(flags, async (room) =>
        (await import('../commands/restore/undo.ts')).undo({ ...(restore && { restore }), ...flags }, room),
      );
    });

  verb(program, 'list', 'show the sets with size, age and proof, and whatever else lies where they are')
    .option('--from <storage>', 'only this storage (default: all)')
    .action(async (flags) => {
      await run(flags, async (room) => (await import('../commands/sets/list.ts')).list(flags, room));
    });

  verb(program, 'verify', 'compare every byte of a set with its checksums; with --deep read every dump to its end')
    .argument(
      '[sets...]',
      'names of sets, their unambiguous beginnings, or paths of files or folders (default: latest)',
    )
    .option('--deep', 'read every dump to its end')
    .option('--all', 'verify every set')
    .option('--sample <percent>', 'verify this share of all sets, those first that were not looked at the longest')
    .option('--from <storage>', 'the storage to read from (default: the first)')
    .option('--allow-unsigned', 'take a set that none of the allowed signers signed')
    .action(async (sets: string[], flags) => {
      await run(flags, async (room) => (await import('../commands/sets/verify.ts')).verify({ sets, ...flags }, room));
    });

  verb(program, 'prune', 'remove the sets that are past their retention')
    .option('-n, --dry-run', 'print the reason for every set, and remove nothing')
    .option('--from <storage>', 'the storage to prune (default: the first)')
    .option('-y, --yes', 'remove even when more than half of the sets would go at once')
    .action(async (flags) => {
      await run(flags, async (room) => (await import('../commands/sets/prune.ts')).prune(flags, room));
    });

  verb(program, 'copy', 'bring sets to the storages that lack them')
    .argument(
      '[sets...]',
      'names of sets, or their unambiguous beginnings (default: all that are missing and not past retention)',
    )
    .option('--from <storage>', 'the storage to take them from (default: the one that backups are written to first)')
    .option('--to <storage>', 'the storage to bring them to (default: all others)')
    .option('-n, --dry-run', 'print what would be copied, and do nothing')
    .action(async (sets: string[], flags) => {
      await run(flags, async (room) => (await import('../commands/sets/copy.ts')).copy({ sets, ...flags }, room));
    });

  verb(program, 'export', 'bring a set into one file, which restore takes by its path')
    .argument('[set]', 'latest, a name from the list, or its unambiguous beginning', 'latest')
    .option('-o, --output <file>', 'the file, a folder for one of the usual name (default: here), or - to print it')
    .option('-c, --components <csv>', 'only these kinds or sources: mongo, postgres/app; all')
    .option('--from <storage>', 'the storage to take it from (default: the first that has it)')
    .option('--allow-unsigned', 'take a set that none of the allowed signers signed')
    .action(async (set: string, flags) => {
      await run(flags, async (room) =>
        (await import('../commands/bundle/export.ts')).exportSet({ set, ...flags }, room),
      );
    });

  verb(program, 'pin', 'keep a set from retention until it is unpinned; one made with a label is pinned already')
    .argument('<set>', 'latest, a name from the list, or its unambiguous beginning')
    .option('--why <text>', 'the reason, shown by list and prune')
    .action(async (set: string, flags) => {
      await run(flags, async (room) => (await import('../commands/sets/pin.ts')).pin({ set, ...flags }, room));
    });

  verb(program, 'unpin', 'let retention decide about a set again')
    .argument('<set>', 'latest, a name from the list, or its unambiguous beginning')
    .action(async (set: string, flags) => {
      await run(flags, async (room) => (await import('../commands/sets/pin.ts')).unpin({ set, ...flags }, room));
    });
}
