import type { ServerForm } from '../datastores/kind.ts';

/** What a setting of a server is called in holdfast.yaml: as everywhere, unless its kind has another name for it. */
export function keyName({ keys }: ServerForm, usual: string): string {
  const { user, password, databases } = keys ?? {};
  const own = new Map([
    ['user', user],
    ['password', password],
    ['password_file', password && `${password}_file`],
    ['databases', databases],
  ]);
  return own.get(usual) ?? usual;
}

/** The settings of a server under their usual names. */
export function underUsualNames(form: ServerForm, server: object): Readonly<Record<string, unknown>> {
  if (form.keys === undefined) return server as Readonly<Record<string, unknown>>;
  const usual = new Map(RENAMED.map((name) => [keyName(form, name), name]));
  return Object.fromEntries(Object.entries(server).map(([key, value]) => [usual.get(key) ?? key, value]));
}

const RENAMED = ['user', 'password', 'password_file', 'databases'];
