import { shellWord } from '../../common/shell-word.ts';
import type { ManualStep } from '../datastore.ts';
import { archiveName, indexName } from './recognize.ts';

/** The stock commands for RESTORE.md: tar, jq and the AWS client, object by object; keys never become names of files. */
export function manualRestore(source: { name: string; target: string; fileNames: readonly string[] }): ManualStep[] {
  const { name, target, fileNames } = source;
  const file = (wanted: string): string => shellWord(fileNames.find((each) => each.endsWith(wanted)) ?? wanted);
  const folder = shellWord(`restored-${name}`);
  return [
    {
      title: `Unpack the objects of "${name}". They are called by numbers; the index says which key each has.`,
      commands: [`mkdir ${folder}`, `tar -xzf ${file(archiveName(name))} -C ${folder}`],
    },
    {
      title: 'Put them into the bucket, with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL set.',
      commands: [
        `jq -c '.objects[] | select(.key) | {Bucket: $bucket, Key: .key, Metadata: .metadata, ContentType: .headers.contentType, Tagging: (.tags | to_entries | map((.key|@uri) + "=" + (.value|@uri)) | join("&")), file: (.place | tostring)} | del(..|nulls)' --arg bucket ${shellWord(target)} ${file(indexName(name))} |`,
        'while IFS= read -r object; do',
        `  aws s3api put-object --cli-input-json "$(printf '%s' "$object" | jq 'del(.file)')" --body ${folder}/"$(printf '%010d' "$(printf '%s' "$object" | jq -r .file)")" </dev/null || exit 1`,
        'done',
      ],
    },
  ];
}
