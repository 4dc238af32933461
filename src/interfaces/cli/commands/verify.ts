import { Command, Option } from 'commander';
import type { VerifyOptions } from '../../../application/audit/integrity/log-integrity.js';
import type { Verification } from '../../../domain/audit/integrity/verification.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { formatCount, plural } from '../../text/quantities.js';
import { EXIT, usageError } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { given, helpText, wholeNumber } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { trustedKeys, trustedOption } from '../trusted-keys.js';
import { verifyBundleFile } from '../verify-bundle.js';

interface VerifyCommandOptions extends SharedOptions {
  readonly sinceSeal?: number | true;
  readonly sample?: number;
  readonly seed?: number;
  readonly bundle?: string;
  readonly trusted?: readonly string[];
  readonly anchor?: string;
  readonly requireSeal?: boolean;
  readonly record?: boolean;
}

const MOST = Number.MAX_SAFE_INTEGER;

/** `waymark verify` */
export function verifyCommand(action: Action): Command {
  return new Command('verify')
    .description('Look at every entry of the log: whether it is there, in its place, and as it was written.')
    .addOption(
      new Option(
        '--since-seal [size]',
        'only what came after the newest seal, or after that of so many entries, and that the rest is what it sealed',
      ).argParser(wholeNumber(0, MOST)),
    )
    .addOption(new Option('--sample <n>', 'only so many entries, each with its proof').argParser(wholeNumber(1, MOST)))
    .addOption(new Option('--seed <n>', 'with --sample: which ones').argParser(wholeNumber(0, MOST)))
    .addOption(trustedOption())
    .addOption(new Option('--anchor <file>', 'hold the log to the seals in this file'))
    .addOption(new Option('--require-seal', 'unsealed is a failure: a seal that is believed has to vouch for the log'))
    .addOption(new Option('--record', 'record in the log how it went'))
    .addOption(new Option('--bundle <file>', 'check the proof of one entry, without any store'))
    .addHelpText(
      'after',
      helpText(
        [
          'waymark verify',
          'waymark verify --trusted example.com/orders+30695719+AYqI4910… --anchor /mnt/witness/orders.seals',
          'waymark verify --since-seal --json',
          'waymark verify --bundle bundle.json --trusted @orders.pub',
        ],
        [
          'Exit code 0 when the log is intact, 1 when it is not: the first position that is wrong is named.',
          'What each verdict means, and what nobody can tell, is in docs/integrity.md.',
        ],
      ),
    )
    .action(action<VerifyCommandOptions, []>(verify));
}

async function verify(session: Session, options: VerifyCommandOptions): Promise<number> {
  assertOneWay(options);
  const { bundle, trusted, record } = options;
  if (bundle !== undefined) return verifyBundleFile(session, bundle, trusted);
  const wanted = verifyOptions(session, options);
  const { found, durationMs, hasSeals } = await withWaymark(
    session,
    record === true ? 'change' : 'read',
    async (waymark) => {
      const startedAt = performance.now();
      const verification = await waymark.log.verify(wanted);
      const took = Math.round(performance.now() - startedAt);
      return {
        found: verification,
        durationMs: took,
        hasSeals: (await waymark.store.seals.latest()) !== undefined,
      };
    },
  );
  const ok = found.verdict === 'ok';
  if (session.json) {
    session.printJson({ ok, ...found, durationMs });
    return ok ? EXIT.done : EXIT.failed;
  }
  if (!ok) throw notVerified(found);
  report(session, found, hasSeals && trusted === undefined);
  return EXIT.done;
}

function report(session: Session, { size, checked, rootHash, seals }: Verification, isUnchecked: boolean): void {
  const entries = plural(size, 'entry', 'entries');
  const part = checked === size ? entries : `${formatCount(checked)} of ${entries}`;
  session.print(`log verified: ${part}, root ${rootHash}`);
  if (seals !== undefined) {
    session.print(
      `  ${plural(seals.count, 'seal')} of trusted keys fit, up to ${plural(seals.upTo, 'entry', 'entries')}`,
    );
  }
  if (isUnchecked) session.note('The signatures of its seals were not checked: name the key with --trusted.');
}

function verifyOptions(
  session: Session,
  { sinceSeal, sample, seed, trusted, anchor, requireSeal, record }: VerifyCommandOptions,
): VerifyOptions {
  return {
    ...given({ trusted: trustedKeys(trusted), anchor, requireSeal, record }),
    ...(sinceSeal === undefined ? {} : { mode: { since: sinceSeal === true ? ('latest' as const) : sinceSeal } }),
    ...(sample === undefined ? {} : { mode: { sample, ...given({ seed }) } }),
    onProgress: progressOf(session),
  };
}

/** Options that mean different things to look at. */
function assertOneWay({ bundle, sinceSeal, sample, seed, record, anchor }: VerifyCommandOptions): void {
  const ways = Object.entries({ '--bundle': bundle, '--since-seal': sinceSeal, '--sample': sample })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (bundle !== undefined && (record !== undefined || anchor !== undefined)) ways.push('a store');
  const help = 'Leave one of them out; see waymark verify --help.';
  if (ways.length > 1) throw usageError(`${ways[0]} and ${ways[1]} exclude each other.`, help);
  if (seed !== undefined && sample === undefined) throw usageError('--seed is for --sample.', help);
}

/** On a terminal a line that counts, for logs of more than one page. */
function progressOf({ io, json }: Session): (checked: number, size: number) => void {
  if (json || io.stderr.isTTY !== true) return () => undefined;
  let isShown = false;
  return (checked, size) => {
    if (checked < size) {
      isShown = true;
      io.stderr.write(
        `\r${formatCount(checked)} of ${formatCount(size)} entries, ${Math.floor((100 * checked) / size)} %`,
      );
    } else if (isShown) {
      io.stderr.write('\r\u001b[K');
    }
  };
}

const HINTS: Readonly<Partial<Record<Verification['verdict'], string>>> = {
  unsealed: 'Seal it (waymark seal --key FILE), or name the key that signed it with --trusted.',
  forked: 'Copy the store away as it is: somebody replaced the log. What was sealed can only come from a backup.',
};

function notVerified({ verdict, position, detail, ...rest }: Verification): WaymarkError {
  const where = position === undefined ? '' : ` at position ${position}`;
  return new WaymarkError(
    'WAYMARK_LOG_NOT_VERIFIED',
    `The log is ${verdict}${where}: ${detail ?? 'no detail is known'}.`,
    {
      hint:
        HINTS[verdict] ??
        'Copy the store away as it is, find out who changed it outside of Waymark, and compare it with a backup.',
      details: { verdict, position, detail, ...rest },
    },
  );
}
