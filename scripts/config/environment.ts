/** Variables by name, as a process gets them. A name that is missing and one that is undefined mean the same. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The one place that reads `process.env`: a copy, so that nothing that happens later changes the settings of a run. */
export function processEnvironment(): Environment {
  return { ...process.env };
}
