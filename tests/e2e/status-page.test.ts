/** `holdfast status`, its line for monitors, and its page in a real browser. No database is needed. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { newRunName, openRunLog } from '../../scripts/runs/run-log.ts';
import type { ManifestSource } from '../../scripts/sets/manifest.ts';
import { writeProof } from '../../scripts/sets/proof.ts';
import { openSetWriter } from '../../scripts/sets/writer.ts';
import { localStorage } from '../../scripts/storage/local.ts';
import { type Browser, openBrowser, type Tab } from '../stack/chromium.ts';
import { exampleRun } from '../unit/notify/example-run.ts';
import { exampleFacts, exampleSource } from '../unit/sets/example-set.ts';
import { openProject, type Project } from './holdfast.ts';
import { OVERLAPS, POOR_CONTRASTS, TOO_WIDE } from './page-looks.ts';

const HOUR = 60 * 60 * 1000;

/** Names that a database may have, and that a page must not take for anything but text. */
const HOSTILE = [
  '<script>window.taken = 1</script>',
  '"><img src=x onerror="window.taken = 2">',
  `'-alert(1)-'&lt;b&gt;`,
  `long_${'name_without_a_blank_'.repeat(9)}`,
];

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser[Symbol.asyncDispose]());

/** Writes a set of so many hours ago; `proven`: and the proof of a drill. */
async function addSet(project: Project, hoursAgo: number, { proven = false } = {}): Promise<string> {
  const storage = localStorage({ folder: project.backups });
  const at = new Date(Date.now() - hoursAgo * HOUR);
  const writer = await openSetWriter(storage, at);
  const sources: ManifestSource[] = [];
  for (const [index, name] of HOSTILE.entries()) {
    const group = writer.group('postgres');
    await pipeline([Buffer.alloc(1000 + index)], group.sink(`${index}.dump`, { compression: 'none' }));
    sources.push({ ...exampleSource('postgres', name), artifacts: group.artifacts() });
  }
  const facts = exampleFacts({ createdAt: at.toISOString(), environment: 'test-shop', sources });
  const { manifestSha256 } = await writer.finish(facts, { guide: () => 'How to restore\n' });
  const proof = { set: writer.name, host: 'h', holdfastVersion: '0.1.0', manifestSha256, sources: [] };
  const level = proven ? 'proven' : 'readable';
  await writeProof(storage, { ...proof, level, provenAt: new Date(at.getTime() + HOUR).toISOString() });
  return writer.name;
}

/** Records a run of so many hours ago that came to this. */
async function addRun(project: Project, hoursAgo: number, command: string, result: Parameters<typeof exampleRun>[0]) {
  const startedAt = new Date(Date.now() - hoursAgo * HOUR);
  const { result: whole, finishedAt: _, ...start } = exampleRun(result);
  const facts = { command, environment: 'test-shop', run: newRunName(startedAt), startedAt: startedAt.toISOString() };
  const log = await openRunLog(join(project.backups, 'logs', 'runs'), { ...start, ...facts });
  assert.ok(whole);
  await log.end(whole);
}

test('status --check says OK, WARN, CRIT and UNKNOWN, with the exit codes that monitors know', async () => {
  await using project = await openProject();
  const crit = await project.run('status', '--check');
  assert.deepEqual([crit.code, crit.stderr], [2, '']);
  assert.match(crit.stdout, /^CRIT: "test-shop" has no good set younger than its RPO of 26 h: there is none \| \S/);
  const set = await addSet(project, 3, { proven: true });
  const ok = await project.run('status', '--check');
  assert.equal(ok.code, 0);
  assert.match(
    ok.stdout,
    /^OK: "test-shop" was backed up 3 h ago \(RPO 26 h\); proven by a restore 2 h ago \| age_hours=3\.0;;26;0 \S.*\n$/,
  );
  const drill = { verdict: 'PASS', restoreMilliseconds: 180_000, bytes: 9 } as const;
  await addRun(project, 1, 'drill', { set, proof: 'proven', drill });
  project.environment.BACKUP_RTO_MINUTES = '2';
  const warn = await project.run('status', '--check');
  assert.equal(warn.code, 1);
  assert.match(
    warn.stdout,
    /^WARN: a restore takes 3 min 00 s for 9 B, measured .*; the RTO is 2 min \| .* restore_seconds=180\.0s;120;;0 /,
  );
  assert.equal((await project.run('status')).code, 0);
  project.environment.BACKUP_RPO_HOURS = 'soon';
  const unknown = await project.run('status', '--check');
  assert.equal(unknown.code, 3);
  assert.match(unknown.stdout, /^UNKNOWN: .*BACKUP_RPO_HOURS/);
  assert.equal((await project.run('status')).code, 2);
});

/** Opens a page in a scheme and a width, and gives what the browser objected to and whatever it asked for. */
async function look(tab: Tab, url: string, scheme: 'light' | 'dark', width: number) {
  const features = [{ name: 'prefers-color-scheme', value: scheme }];
  await tab.send('Emulation.setEmulatedMedia', { features });
  const screen = { width, height: 900, deviceScaleFactor: 1, mobile: width < 700 };
  await tab.send('Emulation.setDeviceMetricsOverride', screen);
  const from = tab.events.length;
  await tab.open(url);
  const since = tab.events.slice(from);
  return {
    objections: since.filter(({ method }) => /^Log\.entryAdded|^Runtime\.(exception|console)/.test(method)),
    requests: since
      .filter(({ method }) => method === 'Network.requestWillBeSent')
      .map(({ params }) => (params as { request: { url: string } }).request.url)
      .filter((asked) => asked !== url && !asked.startsWith('data:')),
    contrasts: await tab.value<string[]>(POOR_CONTRASTS),
    tooWide: await tab.value<string[]>(TOO_WIDE),
    overlaps: await tab.value<string[]>(OVERLAPS),
  };
}

const NOTHING = { objections: [], requests: [], contrasts: [], tooWide: [], overlaps: [] };

async function lookEverywhere(tab: Tab, url: string): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [360, 1100])
      assert.deepEqual(await look(tab, url, scheme, width), NOTHING, `${scheme} ${width}`);
  }
}

test('the page is readable in light and dark and on a phone, asks for nothing, and takes no name for a tag', async () => {
  await using project = await openProject();
  for (const hoursAgo of [50, 26.5, 3]) await addSet(project, hoursAgo, { proven: hoursAgo === 50 });
  const error = { code: 'tool-failed', message: `pg_dump: ${HOSTILE[0]}`, detail: HOSTILE.join('\n') } as const;
  await addRun(project, 50, 'backup', {});
  const passed = { verdict: 'PASS', restoreMilliseconds: 90_000, bytes: 9 } as const;
  await addRun(project, 48, 'drill', { proof: 'proven', drill: passed });
  project.environment.BACKUP_RTO_MINUTES = '2';
  await addRun(project, 30, 'backup', { outcome: 'failed', exitCode: 1, error });
  await addRun(project, 20, 'drill', {
    outcome: 'failed',
    exitCode: 5,
    drill: { verdict: 'FAIL', restoreMilliseconds: 1, bytes: 1 },
  });
  const { code, stdout, stderr } = await project.run('status', '--html', 'page.html');
  assert.equal(code, 0, stderr);
  const path = join(project.folder, 'page.html');
  assert.ok(stdout.includes(`wrote the page to ${path}`), stdout);
  const tab = await browser.tab();
  const url = pathToFileURL(path).href;
  await lookEverywhere(tab, url);
  assert.equal(await tab.value('document.title'), 'CRIT: test-shop, backups');
  const cells = await tab.value<string[]>(`[...document.querySelectorAll('td.name')].map((cell) => cell.textContent)`);
  for (const name of HOSTILE) assert.ok(cells.includes(`postgres/${name}`), name);
  assert.equal(await tab.value('document.querySelectorAll("script, img, iframe, [onerror], [style]").length'), 0);
  assert.equal(await tab.value('typeof window.taken'), 'undefined');
  const bars = 'document.querySelectorAll(".chart rect.bar").length';
  assert.ok((await tab.value<number>(bars)) >= 4);
  assert.equal(await tab.value('document.querySelectorAll(".chart .limit").length'), 1);
  assert.equal(await tab.value('document.querySelectorAll(".calendar .cell").length'), 91);
  assert.ok((await tab.value<number>('document.querySelectorAll(".calendar .proven").length')) >= 1);
});

test('light is light, dark is dark, and what a script in the page would do is forbidden', async () => {
  await using project = await openProject();
  await project.run('status', '--html', 'page.html');
  const tab = await browser.tab();
  const url = pathToFileURL(join(project.folder, 'page.html')).href;
  const ground = async (scheme: 'light' | 'dark') => {
    assert.deepEqual(await look(tab, url, scheme, 800), NOTHING);
    const [red = 0] = (await tab.value<string>('getComputedStyle(document.body).backgroundColor')).match(/\d+/g) ?? [];
    return Number(red);
  };
  assert.ok((await ground('light')) > 200);
  assert.ok((await ground('dark')) < 50);
  const added = `(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.taken = 1';
    document.body.append(script);
    const image = new Image();
    const answer = new Promise((resolve) => { image.onload = () => resolve('loaded'); image.onerror = () => resolve('refused'); });
    image.src = 'http://127.0.0.1:9/x.png';
    return [typeof window.taken, await answer];
  })()`;
  assert.deepEqual(await tab.value(added), ['undefined', 'refused']);
  const blocked = tab.events.filter(({ params }) => /Content Security Policy/.test(JSON.stringify(params)));
  assert.ok(blocked.length >= 2, JSON.stringify(blocked));
});

test('a page of a project without sets, runs or drills says so and is not broken', async () => {
  await using project = await openProject();
  await lookEverywhere(await browser.tab(), await emptyPage(project));
});

async function emptyPage(project: Project): Promise<string> {
  const { code } = await project.run('status', '--html', 'page.html');
  assert.equal(code, 1);
  return pathToFileURL(join(project.folder, 'page.html')).href;
}

test('a page that cannot be written is told with the reason, and the one before it stays', async () => {
  await using project = await openProject();
  await emptyPage(project);
  await rm(join(project.folder, 'page.html'));
  await writeFile(join(project.folder, 'page.html'), 'mine');
  const { code, stderr } = await project.run('status', '--html', 'none/page.html');
  assert.equal(code, 1);
  assert.match(stderr, /the page cannot be written to "[^"]*none\/page\.html".*ENOENT.*make the folder first/s);
});
