import { toFailure } from '../../common/failure.ts';
import type { Kind } from '../../common/kinds.ts';
import { isKind, loadDatastore } from '../../datastores/index.ts';
import { wordAgo } from '../../ui/units.ts';
import { findLabs } from '../drill/engine.ts';
import { drillsOf, proofDaysOf } from '../status/facts.ts';
import type { Check, DoctorRoom, Finding } from './finding.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Whether a restore was rehearsed of late, and whether it could be now. Asks nothing when nobody drills. */
export const checkDrills: Check = async (room) => {
  const drills = drillsOf(room.overview.runs);
  const isScheduled = room.bench.config.schedules.some(({ does }) => does === 'drill');
  if (drills.length === 0 && !isScheduled && room.bench.config.proofDays === undefined) return [];
  return [lastOf(room, drills), ...(await possible(room))];
};

function lastOf({ bench, overview }: DoctorRoom, drills: ReturnType<typeof drillsOf>): Finding {
  const about = 'last drill';
  const mend = 'holdfast drill';
  const last = drills.at(-1);
  if (last === undefined) {
    return { level: 'warning', about, what: 'there was none', why: 'no set was ever restored to prove it', mend };
  }
  const days = proofDaysOf(bench.config);
  const old = overview.now.getTime() - last.at.getTime();
  const what = `${last.drill.verdict}, ${wordAgo(old)}`;
  if (last.drill.verdict !== 'PASS') {
    const why = last.result.failed[0]?.reason ?? 'the set was not proven';
    return { level: last.drill.verdict === 'FAIL' ? 'problem' : 'warning', about, what, why, mend };
  }
  if (old < days * DAY) return { level: 'ok', about, what };
  return { level: 'warning', about, what, why: `the target is ${days} days`, mend };
}

/** An engine, and in it the image of every kind that the newest good set holds. */
async function possible({ bench, overview }: DoctorRoom): Promise<Finding[]> {
  const about = 'drills';
  const newest = overview.destinations.flatMap(({ newestGood, complete }) =>
    complete.filter(({ name }) => name === newestGood?.set),
  )[0];
  const kinds = [...new Set(newest?.manifest.sources.map(({ kind }) => kind) ?? [])].filter(isKind);
  const given = new Set(bench.config.drill.servers.map(({ kind }) => kind));
  const own = (await needingServers(kinds)).filter((kind) => !given.has(kind));
  if (own.length === 0) return [];
  try {
    const labs = await findLabs(bench);
    const lacking: string[] = [];
    for (const kind of own) {
      const image = bench.config.drill.images[kind];
      if (image === undefined) continue;
      const held = await Promise.all(labs.map(({ lab }) => lab.image(image, { signal: bench.context.signal })));
      if (held.every((found) => found === undefined)) lacking.push(image);
    }
    const what = `${await titles(own)} can be started with ${labs.map(({ engine }) => engine.name).join(' and ')}`;
    if (lacking.length === 0) return [{ level: 'ok', about, what }];
    const why = 'it has to be got when a drill begins, and that may fail';
    return [
      {
        level: 'warning',
        about,
        what: `no engine holds ${lacking.join(', ')}`,
        why,
        mend: `podman pull ${lacking[0]}`,
      },
    ];
  } catch (error) {
    const { message, hint } = toFailure(error);
    const why = 'a restore cannot be rehearsed';
    return [{ level: 'warning', about, what: message, why, ...(hint === undefined ? {} : { mend: hint }) }];
  }
}

/** A drill of files needs none. */
async function needingServers(kinds: readonly Kind[]): Promise<Kind[]> {
  const members = await Promise.all(kinds.map(loadDatastore));
  return members.filter(({ throwaway }) => throwaway !== undefined).map(({ kind }) => kind);
}

async function titles(kinds: readonly Kind[]): Promise<string> {
  const found = await Promise.all(kinds.map(loadDatastore));
  return found.map(({ title }) => title).join(' and ');
}
