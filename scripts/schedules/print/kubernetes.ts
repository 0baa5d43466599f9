import { Document } from 'yaml';
import { cronText } from '../cron-text.ts';
import type { Job } from '../schedule.ts';

/** A start that could not be made for so long is made up for by the next one; seconds. */
const LATEST_START = 3600;

/** Seconds between the request to end and the kill: the dump at the far side is ended in between. */
const GRACE = 120;

const HEADER = `
 Put your settings into the secret "holdfast" (kubectl create secret generic holdfast --from-env-file=.env) and an image
 that holds Holdfast, Node and the stores' own tools in the place of "holdfast:latest". Sets must go to a storage
 elsewhere, or /backups on a volume that stays: the one below goes with the pod.`;

/** The text of a Kubernetes CronJob (batch/v1, Kubernetes 1.27 or newer) for each schedule. */
export function kubernetesCronJobs(jobs: readonly Job[]): string {
  const documents = jobs.map((job, index) => {
    const document = new Document(cronJob(job));
    if (index === 0) document.commentBefore = HEADER.slice(1);
    return document.toString({ lineWidth: 0 });
  });
  return documents.join('---\n');
}

function cronJob(job: Job): Record<string, unknown> {
  const name = resourceName(job);
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, labels: { 'app.kubernetes.io/name': 'holdfast' } },
    spec: {
      schedule: cronText(job.time),
      ...(job.timezone === undefined ? {} : { timeZone: job.timezone }),
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: LATEST_START,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: { spec: jobSpec(job) },
    },
  };
}

/** A pod that failed is not started again by itself: the command looks at the next time what is due. */
function jobSpec(job: Job): Record<string, unknown> {
  return {
    backoffLimit: 0,
    activeDeadlineSeconds: job.timeoutSeconds,
    template: {
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: GRACE,
        containers: [
          {
            name: 'holdfast',
            image: 'holdfast:latest',
            command: ['holdfast', ...job.command.slice(1)],
            env: [{ name: 'BACKUP_LOCAL_DIR', value: '/backups' }],
            envFrom: [{ secretRef: { name: 'holdfast' } }],
            volumeMounts: [{ name: 'backups', mountPath: '/backups' }],
          },
        ],
        volumes: [{ name: 'backups', emptyDir: {} }],
      },
    },
  };
}

/** Names of a CronJob: lower case letters, digits and "-", at most 52. */
function resourceName({ name }: Job): string {
  const word = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `holdfast-${word}`.slice(0, 52).replace(/-+$/, '');
}
