/** A queue with one reader that waits for the next message. */
export class Mailbox<Message> {
  readonly #messages: Message[] = [];
  #waiting: ((message: Message) => void) | undefined;

  put(message: Message): void {
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#messages.push(message);
      return;
    }
    this.#waiting = undefined;
    waiting(message);
  }

  /** Takes out what nobody has read. */
  drain(): readonly Message[] {
    return this.#messages.splice(0);
  }

  take(): Promise<Message> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
