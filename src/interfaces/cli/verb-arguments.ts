import { Option } from 'commander';
import { actorOf, actorOption, given } from './options.js';

/** Who wants something, why, and under which key: what every verb takes on the command line. */
export interface WhyOptions {
  readonly reason?: string;
  readonly actor?: string;
  readonly idempotencyKey?: string;
}

/** `--reason`, `--actor` and `--idempotency-key`. */
export function whyOptions(): readonly Option[] {
  return [new Option('--reason <text>', 'why'), actorOption(), keyOption()];
}

/** `--idempotency-key` */
export function keyOption(): Option {
  return new Option(
    '--idempotency-key <key>',
    'a key for this very call: the same one again does nothing, and prints what the first one gave',
  );
}

/** The same as the options of a verb. */
export function whyOf({ reason, actor, idempotencyKey }: WhyOptions): {
  readonly reason?: string;
  readonly actor?: string;
  readonly idempotencyKey?: string;
} {
  return given({ reason, actor: actorOf(actor), idempotencyKey });
}
