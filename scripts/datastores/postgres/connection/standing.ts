import type { Conversation } from './conversation.ts';

/**
 * A conversation that stays open as long as the server is connected, for short questions: starting a program inside a
 * container costs a tenth of a second each time. Questions wait for each other. One that failed ends the session, so
 * that only questions that cannot fail by what they ask belong here; the next one opens it again.
 */
export class StandingConversation {
  readonly #open: () => Conversation;
  #talk: Conversation | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `first` is a session that is open already. */
  constructor(first: Conversation, open: () => Conversation) {
    this.#talk = first;
    this.#open = open;
  }

  /** Asks when all questions before it are answered. A session that died while nobody spoke is replaced once. */
  ask<Result>(question: (talk: Conversation) => Promise<Result>): Promise<Result> {
    const answer = this.#last.then(() => this.#ask(question, this.#talk !== undefined));
    // Whoever asked gets the error; the next question only waits for the end of this one.
    this.#last = answer.catch(() => {});
    return answer;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#talk?.close();
    this.#talk = undefined;
  }

  async #ask<Result>(question: (talk: Conversation) => Promise<Result>, again: boolean): Promise<Result> {
    this.#talk ??= this.#open();
    const talk = this.#talk;
    try {
      return await question(talk);
    } catch (error) {
      this.#talk = undefined;
      await talk.close();
      if (!again) throw error;
    }
    return this.#ask(question, false);
  }
}
