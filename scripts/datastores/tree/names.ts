/** What restores put beside, or into, a folder. No backup takes it, wherever it lies. */
const OWN = /(?:^|\.)holdfast_(?:new|before|moving)_\d{8}_\d{6}$/;

/** True for the name of something that a restore made or kept. */
export function isOwn(name: string): boolean {
  return OWN.test(name);
}
