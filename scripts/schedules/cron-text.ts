import type { CronTime } from '../common/cron.ts';

/**
 * A time in the form that every cron understands: numbers instead of names and of "5/10". A field that begins with a star
 * stays, as the rule of the two day fields goes by the star.
 */
export function cronText({ text, minutes, hours, days, months, weekdays }: CronTime): string {
  const values = [minutes, hours, days, months, weekdays];
  const fields = text.split(' ').map((field, index) => (field.startsWith('*') ? field : values[index]?.join(',')));
  return fields.join(' ');
}
