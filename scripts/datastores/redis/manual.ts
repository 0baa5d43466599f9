import { posix } from 'node:path';
import { shellWord } from '../../common/shell-word.ts';
import type { ManualSource, ManualStep } from '../datastore.ts';
import { DUMP_FILE } from './recognize.ts';

/** Where the second server listens, and its folder. */
const PORT = 6390;
const FOLDER = '/tmp/redis-restore';
const CLI = 'redis-cli -h 127.0.0.1 -p 6379';
/** The second server has no password. */
const SIDE = `env -u REDISCLI_AUTH redis-cli -h 127.0.0.1 -p ${PORT}`;

/**
 * The stock commands for RESTORE.md, which are run where the server runs: a second server loads the dump, and the live
 * one becomes its replica for a moment. It needs no knowledge of how the live one keeps its data.
 */
export function manualRestore(source: ManualSource): ManualStep[] {
  const found = source.fileNames.find((name) => posix.basename(name) === DUMP_FILE) ?? `${source.name}/${DUMP_FILE}`;
  const file = shellWord(found.startsWith('redis/') ? found : `redis/${found}`);
  return [
    {
      title:
        'Work where the server runs (for a container: copy this folder in and open a shell there). Say its password, where it has one.',
      commands: [`export REDISCLI_AUTH="\${REDISCLI_AUTH-}" # the password of the server, or nothing`],
    },
    {
      title:
        'Check the dump and load it into a second server. Do not copy it over the file of the live server: that one writes its own over it when it stops, and with "appendonly yes" it does not read it at all.',
      commands: [
        `mkdir -p ${FOLDER} && cp ${file} ${FOLDER}/${DUMP_FILE} && redis-check-rdb ${FOLDER}/${DUMP_FILE}`,
        `redis-server --bind 127.0.0.1 --port ${PORT} --dir ${FOLDER} --dbfilename ${DUMP_FILE} --save '' --appendonly no --daemonize yes`,
        `until ${SIDE} ping | grep -q PONG; do sleep 1; done`,
      ],
    },
    {
      title: 'Keep what the live server holds now.',
      commands: [`${CLI} --rdb ${FOLDER}/before.rdb`],
    },
    {
      title:
        'Make the live server a replica of the second one: it throws away what it holds and takes the restored data. Wait until it has it, also in its append-only log.',
      commands: [
        `${CLI} config set masterauth ''`,
        `${CLI} replicaof 127.0.0.1 ${PORT}`,
        `until ${CLI} info replication | grep -q master_link_status:up; do sleep 1; done`,
        `while ${CLI} info persistence | grep -q -E 'aof_rewrite_(in_progress|scheduled):1'; do sleep 1; done`,
      ],
    },
    {
      title: 'Make it its own master again, save, and end the second server.',
      commands: [`${CLI} replicaof no one`, `${CLI} bgsave`, `${SIDE} shutdown nosave`],
    },
  ];
}
