import { InvalidArgumentError, Option } from 'commander';
import { userInfo } from 'node:os';

/** Values of an option that may come several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** A parser for a whole number within bounds. */
export function wholeNumber(from: number, to: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^-?\d+$/.test(value) && number >= from && number <= to) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
  };
}

/** `--actor`: who does it; the user of the operating system when left out. */
export function actorOption(): Option {
  return new Option('--actor <who>', 'who does it, recorded with every event (default: user:<your login name>)');
}

/** The actor that was named, or the user of the operating system. */
export function actorOf(named: string | undefined): string | undefined {
  if (named !== undefined) return named;
  try {
    return `user:${userInfo().username}`;
  } catch {
    // A user id without a name, as in some containers: nobody is recorded.
    return undefined;
  }
}

/** `--workflow`: where the code is, when it is not where it was. */
export function workflowOption(): Option {
  return new Option(
    '--workflow <file>',
    'the file with the code of the workflow (default: the one it was started from)',
  );
}

/** `--patch` and `--set`: how to edit the state. */
export function stateOptions(): readonly [Option, Option] {
  return [
    new Option('--patch <json>', 'edit the state: a JSON Merge Patch (RFC 7396), @FILE, or - for stdin'),
    new Option(
      '--set <path=value>',
      'edit one value: PATH is a JSON pointer (/rows/0/id) or dotted (limits.max), VALUE is JSON or text; repeatable',
    ).argParser(collect),
  ];
}

/**
 * An id from the command line, checked before any store is opened.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ID`
 */
export async function checkId(value: string | undefined, what: string): Promise<void> {
  if (value === undefined) return;
  const identifiers = await import('../../domain/shared/identifiers.js');
  const assertIdentifier: typeof identifiers.assertIdentifier = identifiers.assertIdentifier;
  assertIdentifier(value, what);
}

/** Examples and remarks below a command's help. */
export function helpText(examples: readonly string[], remarks: readonly string[] = []): string {
  const shown = examples.map((example) => `  $ ${example}`);
  return ['', 'Examples:', ...shown, ...(remarks.length > 0 ? ['', ...remarks] : [])].join('\n');
}

/** An object without the keys that have no value. */
export function given<T extends object>(options: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}
