import * as z from 'zod';
import { DRILL_RULES } from './drill-rules.ts';
import { section, value } from './schema-parts.ts';
import { allServerNames } from './server-names.ts';

const check = section({
  name: value(DRILL_RULES.checkName, 'What the check is called in reports.'),
  source: value(DRILL_RULES.source, 'The source that is asked, such as postgres/app.'),
  sql: value(DRILL_RULES.sql, 'A query for PostgreSQL; its first row counts.'),
  collection: value(DRILL_RULES.collection, 'A collection of MongoDB, whose documents are counted.'),
  count: value(DRILL_RULES.json, 'Which of its documents, as extended JSON in quotes; all when missing.'),
  command: value(DRILL_RULES.json, 'A command for MongoDB, as extended JSON in quotes.'),
  path: value(DRILL_RULES.path, "Where in the command's answer the value is, such as cursor.firstBatch.0.name."),
  expect: value(DRILL_RULES.expect, 'What the answer must be.'),
  expect_at_least: value(DRILL_RULES.atLeast, 'What the answer, a number, must reach.'),
});

const ofKinds = (what: 'drillImage' | 'drillUrl', description: string) =>
  section(
    Object.fromEntries(
      allServerNames().flatMap(([kind, { [what]: name }]) => (name ? [[kind, value(name.rule, description)]] : [])),
    ),
  ).optional();

/** What holdfast.yaml says of drills. */
export const drill = section({
  images: ofKinds('drillImage', 'The image of the throw-away server; that of the dumped one when missing.'),
  servers: ofKinds('drillUrl', 'A server to restore to, under other names, in place of a throw-away one.'),
  checks: z
    .array(check, { error: 'a list of checks ("- name: ...")' })
    .optional()
    .meta({ description: 'What is asked of the restored databases, and what the answer must be.' }),
});
