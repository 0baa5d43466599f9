import { Failure, toFailure } from '../../common/failure.ts';
import { EXIT, explain } from '../../ui/words.ts';
import { lookOver } from '../status/overview.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { checkClock } from './clock.ts';
import { checkDrills } from './drills.ts';
import type { Check, Finding } from './finding.ts';
import { checkKeys } from './keys.ts';
import { checkNotify } from './notify.ts';
import { checkRuns } from './runs.ts';
import { checkSchedule } from './schedule.ts';
import { checkServers } from './servers.ts';
import { checkSettings } from './settings.ts';
import { checkSigning } from './signing.ts';
import { checkStorages } from './storages.ts';

/** The flags of `holdfast doctor`. */
export interface DoctorFlags {
  /** Mend what can be mended without harm. */
  readonly fix?: boolean;
  /** Set where a scheduler runs it: leaves out what asks the scheduler. */
  readonly inside?: boolean;
}

/** In the order in which they are told. A new check is one file in `doctor/` and one line here. */
const CHECKS: readonly Check[] = [
  checkSettings,
  checkServers,
  checkStorages,
  checkKeys,
  checkSigning,
  checkRuns,
  checkDrills,
  checkClock,
  checkNotify,
  checkSchedule,
];

/** Exit codes of the doctor. Differ from those of the other verbs: a warning is no failure. */
const DOCTOR_EXIT = { ok: 0, warning: 1, problem: 2 } as const;

/**
 * Looks for everything that would make tonight's backup or a restore fail, each with what mends it. Exit code 0 when all
 * is well, 1 with warnings, 2 with problems.
 */
export async function doctor(flags: DoctorFlags, room: Room): Promise<number> {
  const opened = await open(room);
  if (opened instanceof Failure) return tellSettings(opened, room);
  const overview = await lookOver(opened);
  const inside = flags.inside ?? false;
  const findings: Finding[] = [];
  for (const check of CHECKS) findings.push(...(await check({ bench: opened, overview, inside })));
  const fixed = flags.fix ? await fixAll(findings) : [];
  const left = flags.fix ? findings.filter(({ fix }) => fix === undefined) : findings;
  return tell(left, fixed, opened);
}

async function open(room: Room): Promise<Workbench | Failure> {
  try {
    return await openWorkbench(room);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code !== 'settings') throw failure;
    return failure;
  }
}

/** Without settings nothing else can be looked at. */
function tellSettings(failure: Failure, { screen }: Room): number {
  const { message, hint } = explain(failure);
  const finding: Finding = {
    level: 'problem',
    about: 'settings',
    what: message ?? failure.message,
    why: 'no command of Holdfast will run',
    ...(hint && { mend: hint }),
  };
  screen.print(...wordFinding(finding));
  screen.printJson({ findings: [finding] });
  return DOCTOR_EXIT.problem;
}

/** Several findings may be mended by the same step: it is done once. */
async function fixAll(findings: readonly Finding[]): Promise<string[]> {
  const done = new Set<string>();
  for (const { fix, mend = '' } of findings) {
    if (fix === undefined || done.has(mend)) continue;
    done.add(mend);
    done.add(await fix());
  }
  return [...done].filter((text) => !text.startsWith('holdfast '));
}

function tell(findings: readonly Finding[], fixed: readonly string[], { screen }: Workbench): number {
  const counts = { problem: 0, warning: 0, ok: 0 };
  for (const { level } of findings) counts[level] += 1;
  screen.settle();
  screen.print(
    ...findings.flatMap(wordFinding),
    ...fixed.map((text) => `mended: ${text}`),
    '',
    `${counts.ok} in order, ${counts.warning} to look at, ${counts.problem} that will make a backup or a restore fail`,
  );
  screen.printJson({ findings: findings.map(({ fix: _, ...facts }) => facts), fixed });
  if (counts.problem > 0) return DOCTOR_EXIT.problem;
  return counts.warning > 0 ? DOCTOR_EXIT.warning : EXIT.done;
}

const SIGNS = { ok: '✓', warning: '!', problem: '✗' } as const;

function wordFinding({ level, about, what, why, mend }: Finding): string[] {
  return [
    `${SIGNS[level]} ${about}: ${what}`,
    ...(why === undefined ? [] : [`    why it matters: ${why}`]),
    ...(mend === undefined ? [] : [`    try: ${mend}`]),
  ];
}
