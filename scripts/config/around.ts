import type { HealthCheck } from '../around/health.ts';
import type { Hook } from '../around/hook.ts';
import type { Rebuild } from '../around/rebuild.ts';
import type { ServiceWish } from '../around/service-ref.ts';
import { AROUND_RULES } from './around-rules.ts';
import type { SettingsFile } from './file-settings.ts';
import type { Problems } from './problems.ts';
import type { FileSettings } from './schema.ts';

/** What happens around backups and restores. */
export interface AroundPolicy {
  readonly around: {
    readonly beforeRestore: readonly Hook[];
    readonly afterRestore: readonly Hook[];
    readonly beforeBackup: readonly Hook[];
    readonly afterBackup: readonly Hook[];
    readonly onFailure: readonly Hook[];
    readonly maintenance: { readonly on: Hook; readonly off: Hook } | undefined;
    /** In the order in which they are stopped. Empty: none. */
    readonly services: readonly ServiceWish[];
    readonly health: readonly HealthCheck[];
    readonly rebuilds: readonly Rebuild[];
    /** The names that holdfast.yaml takes from the environment: what stands there may be a secret. */
    readonly taken: readonly string[];
  };
}

const DEFAULTS = { timeoutSeconds: 300, healthSeconds: 60, rebuildSeconds: 3600 } as const;

/** The settings of holdfast.yaml; what is wrong with them is among the problems. */
export function readAround(file: SettingsFile | undefined, problems: Problems): AroundPolicy {
  const written: FileSettings = file?.settings ?? {};
  const reader = new AroundReader(file, problems);
  return {
    around: {
      beforeRestore: reader.hooks(['before', 'restore'], written.before?.restore),
      afterRestore: reader.hooks(['after', 'restore'], written.after?.restore),
      beforeBackup: reader.hooks(['before', 'backup'], written.before?.backup),
      afterBackup: reader.hooks(['after', 'backup'], written.after?.backup),
      onFailure: reader.hooks(['on', 'failure'], written.on?.failure),
      maintenance: reader.maintenance(written.maintenance),
      services: reader.services(written.services),
      health: (written.health ?? []).flatMap((one, at) => reader.check(one, ['health', at]) ?? []),
      rebuilds: (written.rebuild ?? []).flatMap((one, at) => reader.rebuild(one, ['rebuild', at]) ?? []),
      taken: [...(file?.file.taken ?? [])],
    },
  };
}

type Written<Key extends keyof FileSettings> = NonNullable<FileSettings[Key]>;
type WrittenStep = NonNullable<Written<'before'>['restore']>[number];

class AroundReader {
  readonly #file: SettingsFile | undefined;
  readonly #problems: Problems;
  /** Of rebuilds. */
  readonly #names = new Set<string>();

  constructor(file: SettingsFile | undefined, problems: Problems) {
    this.#file = file;
    this.#problems = problems;
  }

  hooks(keys: readonly PropertyKey[], written: readonly WrittenStep[] | undefined): Hook[] {
    return (written ?? []).flatMap(({ name, run, timeout_seconds: timeoutSeconds }, at) => {
      const place = [...keys, at];
      const command = this.#command([...place, 'run'], run) ?? this.#wrong(place, `has no "run", expected ${COMMAND}`);
      if (command === undefined) return [];
      const seconds = timeoutSeconds ?? DEFAULTS.timeoutSeconds;
      return [{ name: name ?? nameOfCommand(command), run: command, timeoutSeconds: seconds }];
    });
  }

  maintenance(written: FileSettings['maintenance']): AroundPolicy['around']['maintenance'] {
    if (written === undefined) return undefined;
    const on = this.#command(['maintenance', 'on'], written.on);
    const off = this.#command(['maintenance', 'off'], written.off);
    if (on === undefined || off === undefined) {
      return this.#wrong(['maintenance'], 'needs both "on" and "off", each a command');
    }
    const { timeoutSeconds } = DEFAULTS;
    return {
      on: { name: nameOfCommand(on), run: on, timeoutSeconds },
      off: { name: nameOfCommand(off), run: off, timeoutSeconds },
    };
  }

  services(written: FileSettings['services']): ServiceWish[] {
    if (written === undefined) return [{ kind: 'preset' }];
    return written.map((one, at) => this.#service(one, ['services', at])).filter((wish) => wish !== undefined);
  }

  #service(written: Written<'services'>[number], place: readonly PropertyKey[]): ServiceWish | undefined {
    const { preset, compose, systemd, kubernetes, namespace } = written;
    const given = [preset, compose, systemd, kubernetes].filter((one) => one !== undefined);
    if (given.length !== 1) return this.#wrong(place, 'needs one of "compose", "systemd" and "kubernetes"');
    if (namespace !== undefined && kubernetes === undefined) {
      return this.#wrong(place, 'has a "namespace", which only goes with "kubernetes"');
    }
    if (compose !== undefined) return { kind: 'compose', name: compose };
    if (systemd !== undefined) return { kind: 'systemd', unit: systemd };
    if (kubernetes !== undefined) return { kind: 'kubernetes', workload: kubernetes, namespace };
    return preset === 'compose' ? { kind: 'preset' } : undefined;
  }

  /** `usual`: the seconds it has when it does not say. */
  check(
    written: Written<'health'>[number],
    place: readonly PropertyKey[],
    usual: number = DEFAULTS.healthSeconds,
  ): HealthCheck | undefined {
    const { http, tcp, expect: status, contains, seconds = usual } = written;
    const given = [http, tcp, written.run].filter((one) => one !== undefined);
    if (given.length !== 1) return this.#wrong(place, 'needs one of "http", "tcp" and "run"');
    if (http !== undefined) return { kind: 'http', name: written.name ?? http, url: http, status, contains, seconds };
    if (status !== undefined || contains !== undefined) {
      return this.#wrong(place, 'has "expect" or "contains", which only go with "http"');
    }
    if (tcp !== undefined) return { kind: 'tcp', name: written.name ?? tcp, ...hostAndPort(tcp), seconds };
    const run = this.#command([...place, 'run'], written.run);
    return run === undefined ? undefined : { kind: 'run', name: written.name ?? nameOfCommand(run), run, seconds };
  }

  rebuild(written: Written<'rebuild'>[number], place: readonly PropertyKey[]): Rebuild | undefined {
    const { name, from = [], timeout_seconds: timeoutSeconds = DEFAULTS.rebuildSeconds } = written;
    if (name === undefined) return this.#wrong(place, 'has no "name"');
    if (this.#names.has(name)) return this.#wrong(place, `is the second one named "${name}"`);
    this.#names.add(name);
    const call = this.#call(written, place);
    const progress = this.#command([...place, 'progress'], written.progress);
    const check = written.check && this.check(written.check, [...place, 'check'], timeoutSeconds);
    if (call === undefined || (written.check !== undefined && check === undefined)) return undefined;
    return { name, from: from.filter((source) => source !== undefined), call, progress, check, timeoutSeconds };
  }

  #call(written: Written<'rebuild'>[number], place: readonly PropertyKey[]): Rebuild['call'] | undefined {
    const { http, method, headers, body } = written;
    if ((http === undefined) === (written.run === undefined))
      return this.#wrong(place, 'needs one of "run" and "http"');
    if (http === undefined) {
      if (method ?? headers ?? body) return this.#wrong(place, 'has what only goes with "http" beside "run"');
      const run = this.#command([...place, 'run'], written.run);
      return run === undefined ? undefined : { kind: 'run', run };
    }
    const lines = (headers ?? []).filter((header) => header !== undefined);
    return { kind: 'http', url: http, method: method ?? 'POST', headers: lines, body };
  }

  /** Everybody on the machine can read a command while it runs, and plans show it: no value may stand in it. */
  #command(keys: readonly PropertyKey[], run: string | undefined): string | undefined {
    const written = this.#file?.file.writtenAt(keys);
    const [, name] = /(?<!\$)\$\{([^}]*)/.exec(written ?? '') ?? [];
    if (name === undefined) return run;
    return this.#wrong(keys, `takes a value by "\${${name}}": write $${name}, which the shell takes by itself`);
  }

  #wrong(keys: readonly PropertyKey[], what: string): undefined {
    const { file } = this.#file as SettingsFile;
    const path = keys.map((key) => (typeof key === 'number' ? `[${key + 1}]` : `.${String(key)}`)).join('');
    this.#problems.add(file.placeOf(keys), `${path.slice(1)} ${what}`);
    return undefined;
  }
}

const COMMAND = AROUND_RULES.command.wanted;

function hostAndPort(tcp: string): { host: string; port: number } {
  const colon = tcp.lastIndexOf(':');
  return { host: tcp.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(tcp.slice(colon + 1)) };
}

/** A command as a name: its first line, not longer than a line of a plan has room for. */
function nameOfCommand(run: string): string {
  const whole = run.trim();
  const line = whole.split('\n', 1)[0] ?? '';
  return line.length > 60 || line !== whole ? `${line.slice(0, 57)}...` : line;
}
