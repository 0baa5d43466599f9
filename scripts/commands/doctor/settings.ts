import { processEnvironment } from '../../config/environment.ts';
import { settingsOnlyInShell } from '../../config/shell-settings.ts';
import type { Check } from './finding.ts';

/** Where the settings come from, and which of them a scheduled run would not see. */
export const checkSettings: Check = async ({ bench, inside }) => {
  const { files, folder } = bench.config;
  const what = files.length === 0 ? `none in ${folder}: everything has its default` : `read from ${files.join(', ')}`;
  const shell = inside ? [] : await settingsOnlyInShell(folder, processEnvironment());
  if (shell.length === 0) return [{ level: 'ok', about: 'settings', what }];
  return [
    { level: 'ok', about: 'settings', what },
    {
      level: 'warning',
      about: 'settings',
      what: `set in this shell only: ${shell.join(', ')}`,
      why: 'a run that a scheduler starts does not see them',
      mend: 'write them to .env',
    },
  ];
};
