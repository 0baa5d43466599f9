/**
 * The look of the page: the colours of both schemes as names, then everything in these names. Every pair of text and
 * ground has a contrast of 4.5 or more (WCAG 2.2, 1.4.3), which a test measures in a browser.
 */
export const STYLE = `
:root { color-scheme: light dark;
  --ground: #f3f5f8; --card: #ffffff; --text: #1b232d; --quiet: #55606d; --line: #d5dbe3;
  --ok: #14693a; --warn: #7f5200; --crit: #ab2218; --ok-ground: #e2f4e9; --warn-ground: #fdf0d2; --crit-ground: #fde5e2;
  --bar: #3d7dbf; --none: #e6eaf0; --stored: #c5daf0; --intact: #8dbbe5; --readable: #4a8fd0; --proven: #16784a;
  --sign: #ffffff; --shadow: 0 1px 2px rgb(20 30 45 / .08), 0 4px 14px rgb(20 30 45 / .05); }
@media (prefers-color-scheme: dark) { :root {
  --ground: #0f141a; --card: #18202a; --text: #e7ecf2; --quiet: #a4b1c0; --line: #2d3946;
  --ok: #6fdb9b; --warn: #f2bf5a; --crit: #ff9a90; --ok-ground: #12301f; --warn-ground: #362a0d; --crit-ground: #401a17;
  --bar: #5aa2e6; --none: #242f3b; --stored: #2a4560; --intact: #31679a; --readable: #4a94d8; --proven: #3fc47f;
  --sign: #08120c; --shadow: none; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
  max-width: 1080px; margin: 0 auto; padding: 24px 20px 48px; overflow-wrap: break-word; }
h1 { font-size: 1.35rem; line-height: 1.3; } h2 { font-size: 1.05rem; margin-bottom: 12px; }
h3 { font-size: .95rem; font-weight: 600; margin: 0 0 8px; }
header p, .note { color: var(--quiet); font-size: .9rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow);
  padding: 20px; margin-top: 20px; }
.verdict { border-left: 8px solid; display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; align-items: start; }
.verdict b { font-size: 1.5rem; line-height: 1.3; } .verdict .first { font-size: 1.1rem; padding-top: 3px; }
.verdict ul { grid-column: 1 / -1; list-style: none; padding: 0; }
.verdict li { padding-top: 10px; margin-top: 10px; border-top: 1px solid var(--line); }
.verdict.OK { border-left-color: var(--ok); background: var(--ok-ground); } .verdict.OK b { color: var(--ok); }
.verdict.WARN { border-left-color: var(--warn); background: var(--warn-ground); } .verdict.WARN b { color: var(--warn); }
.verdict.CRIT { border-left-color: var(--crit); background: var(--crit-ground); } .verdict.CRIT b { color: var(--crit); }
code, pre { font: .92em/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { white-space: pre-wrap; margin-top: 6px; color: var(--quiet); }
.targets { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 20px; background: none;
  border: 0; box-shadow: none; padding: 0; border-radius: 0; }
.targets > div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px;
  box-shadow: var(--shadow); }
.targets .value { font-size: 1.7rem; font-weight: 650; line-height: 1.25; }
.targets h2 { margin: 0; font-size: .9rem; font-weight: 600; color: var(--quiet); }
.meter { display: block; width: 100%; height: 8px; border-radius: 4px; margin: 8px 0; }
.track { fill: var(--none); } .within { fill: var(--ok); } .over { fill: var(--crit); }
table { width: 100%; border-collapse: collapse; font-size: .93rem; }
th { text-align: left; font-weight: 600; color: var(--quiet); font-size: .82rem; padding: 0 12px 6px 0; vertical-align: bottom; }
td { border-top: 1px solid var(--line); padding: 8px 12px 8px 0; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.name, td.free { overflow-wrap: anywhere; min-width: 9em; }
.number + th:not(.number), .number + td:not(.number) { padding-left: 14px; }
.good { color: var(--ok); } .bad { color: var(--crit); font-weight: 650; } .poor { color: var(--warn); font-weight: 650; }
.quiet { color: var(--quiet); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 28px; }
.charts .wide { grid-column: 1 / -1; }
.chart { display: grid; grid-template-columns: max-content 1fr; gap: 6px 10px; font-size: .8rem; color: var(--quiet); }
.chart svg { width: 100%; height: 150px; display: block; }
.scale { display: flex; flex-direction: column; justify-content: space-between; text-align: right; margin: -8px 0;
  font-variant-numeric: tabular-nums; }
.days { grid-column: 2; display: flex; justify-content: space-between; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); fill: none; vector-effect: non-scaling-stroke; }
.limit { stroke: var(--crit); stroke-width: 2; stroke-dasharray: 6 4; fill: none; vector-effect: non-scaling-stroke; }
.bar { fill: var(--bar); } .bad rect, rect.bad { fill: var(--crit); } .field { fill: transparent; }
g:hover > .field { fill: var(--text); opacity: .08; }
.calendar { display: block; max-width: 100%; height: auto; } .calendar text { font-size: 11px; fill: var(--quiet); }
.cell.none { fill: var(--none); } .cell.stored { fill: var(--stored); } .cell.intact { fill: var(--intact); }
.cell.readable { fill: var(--readable); } .cell.proven { fill: var(--proven); } .cell.failed { fill: var(--crit); }
.sign { fill: none; stroke: var(--sign); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.pair { display: flex; flex-wrap: wrap; gap: 16px 36px; align-items: center; }
.legend { list-style: none; padding: 0; font-size: .88rem; display: grid; gap: 6px; }
.next li + li { margin-top: 4px; } .next { list-style: none; padding: 0; margin-bottom: 8px; }
.legend li { display: flex; gap: 8px; align-items: center; } .legend svg { flex: none; }
details summary { cursor: pointer; }
footer { margin-top: 24px; color: var(--quiet); font-size: .85rem; }
@media (max-width: 700px) {
  body { padding: 16px 12px 32px; } section { padding: 16px; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  table, tbody, tr, td { display: block; width: 100%; }
  tr { padding: 10px 0; border-top: 1px solid var(--line); } tbody tr:first-child { border-top: 0; padding-top: 0; }
  td, td:last-child { display: flex; justify-content: space-between; gap: 16px; border: 0; padding: 2px 0; text-align: right; }
  td::before { content: attr(data-head); color: var(--quiet); font-size: .85rem; flex: none; text-align: left; }
  td.name { font-weight: 650; text-align: left; } td.name::before, td:has(> div:empty) { display: none; }
  .days span:nth-child(2) { display: none; }
  td.number, td.time { white-space: normal; }
  .number + td:not(.number) { padding-left: 0; }
}
@media print { body { max-width: none; } section { break-inside: avoid; box-shadow: none; } }
`;
