import type { Command } from 'commander';
import { run } from './run.ts';
import { verb } from './verb.ts';

/** The verbs for the keys of encrypted sets. */
export function addKeysVerbs(program: Command): void {
  const keys = program
    .command('keys')
    .description('make, check and change the keys that sets are encrypted for: init, check, rotate, reencrypt')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });

  addMakeVerbs(keys);

  verb(keys, 'check', 'show that the identity opens what is encrypted now, and the newest set').action(
    async (flags) => {
      await run(flags, async (room) => (await import('../commands/keys/check.ts')).keysCheck(room));
    },
  );

  verb(keys, 'reencrypt', 'encrypt old sets for the present recipients; each old one goes when the new one is whole')
    .argument('[sets...]', 'names of sets, or their unambiguous beginnings')
    .option('--all', 'every set that is not encrypted for exactly the present recipients')
    .option('-n, --dry-run', 'print what would be done, and do nothing')
    .action(async (sets: string[], flags) => {
      await run(flags, async (room) =>
        (await import('../commands/keys/reencrypt.ts')).keysReencrypt({ sets, ...flags }, room),
      );
    });
}

function addMakeVerbs(keys: Command): void {
  verb(keys, 'init', 'make an identity, and print the page that brings everything back')
    .option('--passphrase', 'protect the identity with a passphrase, and put it into every set')
    .option('--output <file>', 'the file of the identity (default: holdfast-identity.txt)')
    .option('-y, --yes', 'do not ask for proof that it was kept')
    .action(async (flags) => {
      await run(flags, async (room) => (await import('../commands/keys/keys.ts')).keysInit(flags, room));
    });

  verb(keys, 'rotate', 'make an identity for new sets, and tell which sets still need the old one')
    .option('--passphrase', 'protect the identity with a passphrase, and put it into every set')
    .option('--output <file>', 'the file of the identity (default: holdfast-identity-DATE.txt)')
    .option('-y, --yes', 'do not ask for proof that it was kept')
    .action(async (flags) => {
      await run(flags, async (room) => (await import('../commands/keys/keys.ts')).keysRotate(flags, room));
    });
}
