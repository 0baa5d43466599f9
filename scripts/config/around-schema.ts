import * as z from 'zod';
import { AROUND_RULES } from './around-rules.ts';
import { section, shorthand, value } from './schema-parts.ts';

const step = shorthand(
  section({
    run: value(AROUND_RULES.command, 'The command; it runs by "sh -c" in the folder of this file.'),
    timeout_seconds: value(AROUND_RULES.timeoutSeconds, 'The seconds after which it is ended; 300 when missing.'),
    name: value(AROUND_RULES.name, 'What it is called in plans and reports.'),
  }),
  (text) => ({ run: text }),
);

const steps = (description: string) =>
  z.array(step, { error: 'a list of commands ("- ...")' }).optional().meta({ description });

const service = section({
  preset: value(AROUND_RULES.preset, '"compose": what runs in the compose project of the restored servers.'),
  compose: value(AROUND_RULES.compose, 'A service of compose, or the name of a container.'),
  systemd: value(AROUND_RULES.systemd, 'A unit of systemd.'),
  kubernetes: value(AROUND_RULES.kubernetes, 'A workload of Kubernetes, such as deployment/app.'),
  namespace: value(AROUND_RULES.namespace, "Where that workload is; kubectl's own when missing."),
});

const check = section({
  name: value(AROUND_RULES.name, 'What the check is called in plans and reports.'),
  http: value(AROUND_RULES.url, 'An address that must answer.'),
  expect: value(AROUND_RULES.status, 'With which status; any from 200 to 399 when missing.'),
  contains: value(AROUND_RULES.contains, 'What must stand in the answer.'),
  tcp: value(AROUND_RULES.tcp, 'A port that must take connections.'),
  run: value(AROUND_RULES.command, 'A command that must end with 0.'),
  seconds: value(AROUND_RULES.seconds, 'How long it may take until it is so; 60 when missing.'),
});

const rebuild = section({
  name: value(AROUND_RULES.rebuildName, 'What it is called: `holdfast rebuild NAME`.'),
  from: z
    .array(value(AROUND_RULES.source, 'A source that it is made from, such as mongo/shop.'), {
      error: 'a list of sources ("- mongo/shop")',
    })
    .optional()
    .meta({ description: 'What it is made from: it is made anew when one of these was restored; any when missing.' }),
  run: value(AROUND_RULES.command, 'The command that makes it anew.'),
  http: value(AROUND_RULES.url, 'Or the address of a request that makes it anew, or begins to.'),
  method: value(AROUND_RULES.method, 'The method of that request; POST when missing.'),
  headers: z
    .array(
      value(
        AROUND_RULES.header,
        'A header, "Name: value"; the name of a variable in braces after a dollar sign takes a secret.',
      ),
      {
        error: 'a list of headers ("- Name: value" in quotes)',
      },
    )
    .optional()
    .meta({ description: 'Headers of that request.' }),
  body: value(AROUND_RULES.body, 'What is sent with that request.'),
  progress: value(AROUND_RULES.command, 'A command whose last line says how far it is.'),
  check: check.optional().meta({ description: 'What must be true in the end.' }),
  timeout_seconds: value(AROUND_RULES.timeoutSeconds, 'The seconds after which it has failed; 3600 when missing.'),
});

/** What holdfast.yaml says of what happens around restores and backups. */
export const AROUND = {
  before: section({
    restore: steps('What runs before a restore changes anything; a failure ends the restore.'),
    backup: steps('What runs before the first dump; a failure ends the backup.'),
  }).optional(),
  after: section({
    restore: steps('What runs on the restored data before the application starts, such as migrations.'),
    backup: steps('What runs once a set is complete.'),
  }).optional(),
  on: section({
    failure: steps('What runs after a backup, a restore or a drill that failed.'),
  }).optional(),
  maintenance: section({
    on: value(AROUND_RULES.command, 'The command that shows people that the application is being looked after.'),
    off: value(AROUND_RULES.command, 'The command that ends that; it runs only when all is healthy.'),
  }).optional(),
  services: shorthand(z.array(service, { error: '"compose", "none", or a list of services' }), (text) => [
    { preset: text },
  ])
    .optional()
    .meta({ description: 'What is stopped for a restore and started after it; "compose" when missing.' }),
  health: z
    .array(check, { error: 'a list of checks ("- http: ...")' })
    .optional()
    .meta({ description: 'What must be true after a restore before the application counts as healthy.' }),
  rebuild: z
    .array(rebuild, { error: 'a list ("- name: search")' })
    .optional()
    .meta({ description: 'What is not backed up but made anew after a restore, such as a search index.' }),
};
