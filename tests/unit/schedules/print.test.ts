import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { parseCron } from '../../../scripts/common/cron.ts';
import { githubWorkflow } from '../../../scripts/schedules/print/github.ts';
import { kubernetesCronJobs } from '../../../scripts/schedules/print/kubernetes.ts';
import type { Job } from '../../../scripts/schedules/schedule.ts';

function job(name: string, at: string, timezone?: string): Job {
  const time = parseCron(at);
  assert.ok(time);
  return {
    ...{ name, time, timezone, delaySeconds: 300, timeoutSeconds: 43_200 },
    command: ['/opt/holdfast/holdfast', 'schedule', 'run', name],
    folder: '/srv/app',
    environment: { PATH: '/usr/bin', HOME: '/home/app' },
    logFile: '/srv/app/backups/logs/backup.log',
    writable: ['/srv/app/backups'],
  };
}

test('a workflow runs each schedule with the command that decides what is due, never two at once', () => {
  const workflow = parse(githubWorkflow([job('backup', '0 2 * * *'), job('check.weekly', '0 5 * * sun')]));
  assert.deepEqual(workflow.on.schedule, [{ cron: '0 2 * * *' }, { cron: '0 5 * * 0' }]);
  assert.deepEqual(workflow.concurrency, { group: 'holdfast', 'cancel-in-progress': false });
  assert.deepEqual(Object.keys(workflow.jobs), ['backup', 'check-weekly']);
  const run = (key: string): string => workflow.jobs[key].steps.find(({ id }: { id?: string }) => id === 'work').run;
  assert.match(run('check-weekly'), /^holdfast schedule run check\.weekly$/m);
  assert.match(run('backup'), /^holdfast schedule run backup$/m);
  assert.doesNotMatch(run('backup'), /^holdfast backup/m);
  assert.deepEqual([workflow.jobs.backup.needs, workflow.jobs['check-weekly'].needs], [undefined, 'backup']);
  const kept = (key: string): string =>
    workflow.jobs[key].steps.find(({ id }: { id?: string }) => id === 'keep').with.name;
  assert.deepEqual(Object.keys(workflow.jobs).map(kept), ['holdfast-sets-backup', 'holdfast-sets-check-weekly']);
  assert.equal(workflow.jobs.backup['timeout-minutes'], 360);
});

test('a workflow names secrets and holds none of the paths of this machine', () => {
  const text = githubWorkflow([job('backup', '0 2 * * *')]);
  assert.equal(parse(text).jobs.backup.env.POSTGRES_URL, `\${{ secrets.POSTGRES_URL }}`);
  assert.doesNotMatch(text, /\/srv|\/opt|\/home/);
});

test('a workflow says that its times are UTC, and keeps to the gap that GitHub demands', () => {
  const text = githubWorkflow([job('backup', '*/2 2 * * *', 'Europe/Berlin')]);
  assert.match(text, /^# "backup": GitHub's times are UTC; .*Europe\/Berlin/m);
  assert.match(text, /every 5 minutes/);
  assert.deepEqual(parse(text).on.schedule, [{ cron: '*/5 2 * * *' }]);
  assert.doesNotMatch(githubWorkflow([job('backup', '0 2 * * *', 'UTC')]), /times are UTC/);
});

test('a CronJob keeps the zone, never overlaps, never retries by itself, and ends a run that takes too long', () => {
  const documents = parseAllDocuments(
    kubernetesCronJobs([job('backup', '0 2 * * *', 'Europe/Berlin'), job('B.C', '@daily')]),
  );
  const [first, second] = documents.map((document) => document.toJS());
  assert.equal(documents.length, 2);
  assert.deepEqual([first.apiVersion, first.kind, first.metadata.name], ['batch/v1', 'CronJob', 'holdfast-backup']);
  const { schedule, timeZone, concurrencyPolicy, startingDeadlineSeconds, jobTemplate } = first.spec;
  assert.deepEqual(
    [schedule, timeZone, concurrencyPolicy, startingDeadlineSeconds],
    ['0 2 * * *', 'Europe/Berlin', 'Forbid', 3600],
  );
  assert.deepEqual([jobTemplate.spec.backoffLimit, jobTemplate.spec.activeDeadlineSeconds], [0, 43_200]);
  const pod = jobTemplate.spec.template.spec;
  assert.equal(pod.restartPolicy, 'Never');
  assert.deepEqual(pod.containers[0].command, ['holdfast', 'schedule', 'run', 'backup']);
  assert.equal(second.metadata.name, 'holdfast-b-c');
  assert.equal('timeZone' in second.spec, false);
});
