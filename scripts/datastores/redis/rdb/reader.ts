import { CRC64_JONES, Crc64 } from '../../../common/crc64.ts';
import { Failure } from '../../../common/failure.ts';
import { type RdbContent, sorted } from './content.ts';
import { DATABASE, END, EXPIRES, FUNCTION, formOf, MARKS, MODULE_PARTS, NEWEST, type Part } from './values.ts';
import { Window } from './window.ts';

/** A list of parts that is gone through so many times more; `next` is the part that comes. */
interface Frame {
  readonly parts: readonly Part[];
  times: number;
  next: number;
}

/** A server that sends a file without knowing its size ends it with so many random bytes (replication.c). */
const MARK_BYTES = 40;

/**
 * Reads an RDB file to its end as it comes, in memory that does not grow with it: passes over every value by its own
 * lengths, counts keys, compares the checksum. Throws Failure "damaged" with the place, or "version" for a later format.
 */
export class RdbReader {
  readonly #window = new Window();
  readonly #crc = new Crc64(CRC64_JONES);
  readonly #counts = new Map<string, number>();
  readonly #expiring = new Map<string, number>();
  readonly #frames: Frame[] = [];
  #state: 'head' | 'marks' | 'checksum' | 'end' = 'head';
  #version = 0;
  #isValkey = false;
  #database = 0;
  #mark = -1;
  #expires = false;
  #functions = 0;
  #hasChecksum = false;
  readonly #marked: boolean;
  #pushed = 0;

  /** `marked`: as a replica gets it, perhaps with a mark behind the end that is not part of the file. */
  constructor({ marked = false } = {}) {
    this.#marked = marked;
  }

  /** Takes the next bytes. Returns how many of them are of the file. */
  push(chunk: Buffer): number {
    const window = this.#window;
    window.add(chunk);
    // A step that lacks bytes takes none; what was passed over is summed at once, since the chunk is not kept.
    while (this.#step());
    if (this.#state !== 'end') window.sumTo(this.#crc);
    window.forget();
    const before = this.#pushed;
    this.#pushed += chunk.length;
    return this.#state === 'end' ? Math.max(0, window.position - before) : chunk.length;
  }

  /** After the last byte. */
  end(): RdbContent {
    const { left } = this.#window;
    if (this.#state !== 'end') throw this.#damaged('it ends too early');
    if (left !== 0 && left !== MARK_BYTES) throw this.#damaged(`${left} bytes stand behind its end`);
    return {
      version: this.#version,
      bytes: this.#window.position,
      counts: sorted(this.#counts),
      expiring: sorted(this.#expiring),
      functions: this.#functions,
      hasChecksum: this.#hasChecksum,
    };
  }

  #step(): boolean {
    if (this.#window.skipping > 0) return this.#window.skip();
    if (this.#frames.length > 0) return this.#value();
    if (this.#state === 'marks') return this.#nextMark();
    if (this.#state === 'head') return this.#head();
    if (this.#state === 'checksum') return this.#checksum();
    const { left } = this.#window;
    if (left > (this.#marked ? MARK_BYTES : 0)) throw this.#damaged(`${left} bytes stand behind its end`);
    return false;
  }

  #head(): boolean {
    const window = this.#window;
    if (window.left < 9) return false;
    const text = window.text(9);
    const [, magic, digits] = /^(REDIS|VALKEY)(\d{3,4})$/.exec(text) ?? [];
    if (magic === undefined) throw this.#damaged('it does not begin as an RDB file');
    this.#isValkey = magic === 'VALKEY';
    this.#version = Number(digits);
    if (this.#version < 1) throw this.#damaged('its version is 0');
    this.#state = 'marks';
    return true;
  }

  #nextMark(): boolean {
    const mark = this.#window.byte();
    if (mark < 0) return false;
    if (mark === END) {
      this.#window.sumTo(this.#crc);
      this.#state = this.#version >= 5 ? 'checksum' : 'end';
      return true;
    }
    this.#mark = mark;
    const parts = MARKS[mark] ?? this.#keyParts(mark);
    if (EXPIRES.has(mark)) this.#expires = true;
    if (mark === FUNCTION) this.#functions++;
    this.#frames.push({ parts, times: 1, next: 0 });
    return true;
  }

  /** A key and its value. */
  #keyParts(code: number): readonly Part[] {
    const form = formOf(code, this.#isValkey);
    if (form === undefined) throw this.#unknown(code);
    const counts = this.#expires ? this.#expiring : this.#counts;
    const name = `db${this.#database} ${form.type}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    this.#expires = false;
    return ['text', ...form.parts];
  }

  #unknown(code: number): Failure {
    const newest = this.#isValkey ? NEWEST.valkey : NEWEST.redis;
    const isLater = this.#version > newest;
    // The first version of modules wrote values that only the module itself knows the end of.
    if (code !== 6 && !isLater) return this.#damaged(`it has a value of the unknown type ${code}`);
    const what = code === 6 ? 'a value of a module of Redis 4' : `a value of type ${code}`;
    return new Failure('version', {
      message: `the RDB file of version ${this.#version} has ${what}, which this Holdfast cannot read`,
    });
  }

  #value(): boolean {
    const frame = this.#frames[this.#frames.length - 1] as Frame;
    if (frame.next >= frame.parts.length) {
      frame.times--;
      frame.next = 0;
    }
    if (frame.times <= 0) {
      this.#frames.pop();
      return true;
    }
    return this.#part(frame.parts[frame.next] as Part, frame);
  }

  /** Passes over one part, or over nothing when bytes are lacking. */
  #part(part: Part, frame: Frame): boolean {
    const window = this.#window;
    if (typeof part === 'number') window.skipping = part;
    else if (part === 'text') {
      const length = window.stringBytes();
      if (length < 0) return this.#lacks(length);
      window.skipping = length;
    } else if (part === 'decimal') {
      const length = window.byte();
      if (length < 0) return false;
      window.skipping = length > 252 ? 0 : length;
    } else return this.#number(part, frame);
    frame.next++;
    return true;
  }

  #number(part: 'length' | 'module' | readonly Part[], frame: Frame): boolean {
    const value = this.#window.length();
    if (value < 0) return this.#lacks(value);
    if (part !== 'module') {
      frame.next++;
      if (part !== 'length') this.#frames.push({ parts: part, times: value, next: 0 });
      else if (this.#mark === DATABASE && this.#frames.length === 1) this.#database = value;
      return true;
    }
    const inner = MODULE_PARTS[value];
    if (value === 0) frame.next++;
    else if (inner === undefined) throw this.#damaged(`it has a part of a module of the unknown kind ${value}`);
    else this.#frames.push({ parts: [inner], times: 1, next: 0 });
    return true;
  }

  #lacks(code: number): false {
    if (code === Window.LACKS) return false;
    throw this.#damaged('it has a length that cannot be');
  }

  #checksum(): boolean {
    const window = this.#window;
    if (window.left < 8) return false;
    const found = Buffer.from(window.take(8)).readBigUInt64LE();
    this.#hasChecksum = found !== 0n;
    const content = this.#crc.value;
    if (this.#hasChecksum && found !== content) {
      throw this.#damaged(`its checksum is ${found.toString(16)}, and that of its content is ${content.toString(16)}`);
    }
    this.#state = 'end';
    return true;
  }

  #damaged(what: string): Failure {
    const message = `the RDB file is damaged at byte ${this.#window.position}: ${what}`;
    return new Failure('damaged', { message });
  }
}
