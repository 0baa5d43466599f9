const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes for people, in powers of 1000 as disks are sold: 999 B, 12.3 MB, 123 GB. */
export function wordBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** A duration in milliseconds for people: 0.4 s, 12 s, 3 min 05 s, 2 h 10 min, 5 d 3 h. */
export function wordDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** How long ago, in one unit: "just now", "5 min", "3 h", "2 d". */
export function wordAge(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 0) return 'in the future';
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 1440)} d`;
}

/** How long ago, in words that end a sentence: "just now", "5 min ago". */
export function wordAgo(milliseconds: number): string {
  const age = wordAge(milliseconds);
  return milliseconds < 60_000 ? age : `${age} ago`;
}

/** How old something is: "less than a minute old", "5 min old", "of the future". */
export function wordOld(milliseconds: number): string {
  if (milliseconds < 0) return 'of the future';
  return milliseconds < 60_000 ? 'less than a minute old' : `${wordAge(milliseconds)} old`;
}

/** A count with the word in the right number: "1 set", "2 sets". */
export function wordCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
