import { Failure } from '../../common/failure.ts';
import type { Server, ServerAddress } from '../datastore.ts';
import { folderServer } from './folder.ts';

/** Objects that an outside provider keeps: to back them up is its business, and a backup says that they are not in it. */
export function outsideServer(address: ServerAddress, provider: string): Server {
  const reason = `not backed up: the settings say that "${provider}" keeps the objects`;
  const refuse = async (): Promise<never> => {
    throw new Failure('refused', {
      message: reason,
      hint: 'name the server in OBJECTS_URL, in place of OBJECTS_OUTSIDE',
    });
  };
  return {
    ...folderServer(address),
    version: provider,
    plan: async () => ({ sources: [], skipped: [{ name: '*', reason }], failed: [] }),
    target: refuse,
    prepare: refuse,
  };
}
