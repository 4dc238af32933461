import { randomBytes } from 'node:crypto';
import { type BaseCheckpointSaver, type Checkpoint, uuid6 } from '@langchain/langgraph-checkpoint';

/** What one step of the load appends: an object that is about 1 KB as JSON, and does not compress. */
export interface Message {
  readonly id: string;
  readonly role: string;
  readonly content: string;
}

/** About how many bytes one step appends. */
export const MESSAGE_BYTES = 1024;

/** A message of {@link MESSAGE_BYTES}. */
export function message(step: number): Message {
  const id = `m${String(step).padStart(7, '0')}`;
  const frame = JSON.stringify({ id, role: 'user', content: '' }).length;
  return {
    id,
    role: 'user',
    content: randomBytes(MESSAGE_BYTES)
      .toString('base64')
      .slice(0, MESSAGE_BYTES - frame),
  };
}

/**
 * A thread as a graph writes it: each step is a checkpoint whose channel `messages` has one message more, and the write
 * that led to the next one.
 */
export class ThreadLoad {
  readonly saver: BaseCheckpointSaver;
  readonly threadId: string;
  messages: readonly Message[] = [];
  #checkpointId: string | undefined;
  #step = 0;

  constructor(saver: BaseCheckpointSaver, threadId: string) {
    this.saver = saver;
    this.threadId = threadId;
  }

  get steps(): number {
    return this.#step;
  }

  get config(): { configurable: { thread_id: string; checkpoint_ns: string; checkpoint_id?: string } } {
    return {
      configurable: {
        thread_id: this.threadId,
        checkpoint_ns: '',
        ...(this.#checkpointId === undefined ? {} : { checkpoint_id: this.#checkpointId }),
      },
    };
  }

  /** One step. Returns how long `put` took, in milliseconds. */
  async step(): Promise<number> {
    const added = message(this.#step);
    if (this.#checkpointId !== undefined) {
      await this.saver.putWrites(this.config, [['messages', [added]]], `task-${this.#step}`);
    }
    this.messages = [...this.messages, added];
    return this.put({ messages: this.messages, step: this.#step });
  }

  /** Puts a checkpoint with these channels. Returns how long that took, in milliseconds. */
  async put(channels: Readonly<Record<string, unknown>>): Promise<number> {
    this.#step += 1;
    const versions = Object.fromEntries(Object.keys(channels).map((channel) => [channel, this.#step]));
    const checkpoint: Checkpoint = {
      v: 4,
      id: uuid6(this.#step),
      ts: new Date().toISOString(),
      channel_values: { ...channels },
      channel_versions: versions,
      versions_seen: { __input__: {}, agent: versions },
    };
    const metadata = { source: 'loop' as const, step: this.#step, parents: {} };
    const begin = process.hrtime.bigint();
    const { configurable } = await this.saver.put(this.config, checkpoint, metadata, versions);
    const elapsed = Number(process.hrtime.bigint() - begin) / 1e6;
    this.#checkpointId = String(configurable?.['checkpoint_id']);
    return elapsed;
  }
}
