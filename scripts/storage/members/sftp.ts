import { homedir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { secretText, text, wholeNumber } from '../../common/rules.ts';
import { defineStorage } from '../member.ts';

const SSH_PORT = 22;
const HIGHEST_PORT = 65_535;

/** Any SSH server that speaks SFTP; accounts without a shell, locked into a folder, are enough. */
export const member = defineStorage({
  wrap: 'idle limit and retry',
  settings: {
    host: {
      rule: text('a host name or address'),
      variable: 'BACKUP_SFTP_HOST',
      about: 'SSH server that keeps the sets',
      required: true,
    },
    port: { rule: wholeNumber(1, HIGHEST_PORT), variable: 'BACKUP_SFTP_PORT', about: 'Its port', standard: '22' },
    user: {
      rule: text('a user name'),
      variable: 'BACKUP_SFTP_USER',
      about: 'Account on that server',
      required: true,
    },
    folder: {
      rule: text('a folder'),
      variable: 'BACKUP_SFTP_FOLDER',
      about: 'Folder on that server; relative to where the login lands',
      required: true,
    },
    key: {
      rule: text('a file'),
      variable: 'BACKUP_SFTP_KEY',
      about: 'File of the private key',
      meaning: 'file',
      standard: 'the keys of the SSH agent',
    },
    keyPassphrase: {
      rule: secretText('the passphrase of the key'),
      variable: 'BACKUP_SFTP_KEY_PASSPHRASE',
      about: 'Passphrase of the private key',
      meaning: 'secret',
    },
    password: {
      rule: secretText('a password'),
      variable: 'BACKUP_SFTP_PASSWORD',
      about: 'Password, where the server takes no keys',
      meaning: 'secret',
    },
    knownHosts: {
      rule: text('a file'),
      variable: 'BACKUP_SFTP_KNOWN_HOSTS',
      about: 'File with the host key of the server',
      meaning: 'file',
      standard: '~/.ssh/known_hosts',
    },
  },
  async open({ host, port = SSH_PORT, user, folder, key, keyPassphrase, password, knownHosts }, { name, environment }) {
    const agent = environment.SSH_AUTH_SOCK || undefined;
    if (key === undefined && password === undefined && agent === undefined) {
      const hint = 'set BACKUP_SFTP_KEY or BACKUP_SFTP_PASSWORD, or start an SSH agent (SSH_AUTH_SOCK)';
      throw new Failure('settings', { message: `nothing to log in to "${host}" with`, hint });
    }
    const { sftpStorage } = await import('../sftp/storage.ts');
    const { SftpConnection } = await import('../sftp/connection.ts');
    const { PATIENCE } = await import('../sftp/connect.ts');
    const place = { host, port, knownHosts: knownHosts ?? join(environment.HOME || homedir(), '.ssh', 'known_hosts') };
    // An agent that happens to run is not asked when a key was named: its many keys use up the server's patience.
    const login = { user, keyFile: key, keyPassphrase, password, agent: key === undefined ? agent : undefined };
    const location = `sftp://${user}@${host}${port === SSH_PORT ? '' : `:${port}`}/${folder.replace(/^\//, '')}`;
    // Relative folders begin where the login lands, which is what "~" means to people; SFTP does not know it.
    const root = folder.replace(/^~(\/|$)/, './');
    return sftpStorage({ name, location, folder: root }, new SftpConnection(place, login, PATIENCE));
  },
});
