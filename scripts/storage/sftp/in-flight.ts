/**
 * Bounds how many bytes are under way at once, and remembers the first request that failed. Made for requests that are
 * answered in their order, each of a known size.
 */
export class InFlight {
  readonly #limit: number;
  #bytes = 0;
  #error: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a request; its failure is told by the next `room` or `settled`. */
  add(bytes: number, request: Promise<unknown>): void {
    this.#bytes += bytes;
    request.then(
      () => this.#ended(bytes),
      (reason: unknown) => {
        this.#error ??= { reason };
        this.#ended(bytes);
      },
    );
  }

  /** Waits until another request may be added; rejects when one has failed. */
  async room(): Promise<void> {
    await this.#until(() => this.#bytes < this.#limit);
  }

  /** Waits until all have been answered; rejects when one has failed. */
  async settled(): Promise<void> {
    await this.#until(() => this.#bytes === 0);
  }

  async #until(reached: () => boolean): Promise<void> {
    while (!reached() && this.#error === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#error !== undefined) throw this.#error.reason;
  }

  #ended(bytes: number): void {
    this.#bytes -= bytes;
    this.#wake?.();
  }
}
