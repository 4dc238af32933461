import { Command, Option } from 'commander';
import type { StoredSeal } from '../../../domain/audit/seal.repository.port.js';
import { printable } from '../../text/printable.js';
import { plural } from '../../text/quantities.js';
import { EXIT, usageError } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { collect, helpText } from '../options.js';
import { renderNextSteps } from '../output/next-steps.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface SealOptions extends SharedOptions {
  readonly key?: string;
  readonly anchor?: readonly string[];
  readonly generateKey?: string;
  readonly name?: string;
  readonly showKey?: boolean;
}

/** `waymark seal` */
export function sealCommand(action: Action): Command {
  return new Command('seal')
    .description('Sign the log as it stands, so that nobody can change what it covers without being found out.')
    .addOption(new Option('--key <file>', 'the file with the signing key'))
    .addOption(
      new Option('--anchor <file>', 'add the seal to this file too, outside of the database; repeatable').argParser(
        collect,
      ),
    )
    .addOption(new Option('--generate-key <file>', 'make a signing key in a new file, and print its public half'))
    .addOption(new Option('--name <name>', 'with --generate-key: the name of the log, such as example.com/orders'))
    .addOption(new Option('--show-key', 'print the public half of --key, to be pinned by others'))
    .addHelpText(
      'after',
      helpText(
        [
          'waymark seal --generate-key waymark.key --name example.com/orders',
          'waymark seal --key waymark.key --anchor /mnt/witness/orders.seals',
          'waymark seal --key waymark.key --show-key',
        ],
        [
          'Keep the key where who can change the store can not read it, and the anchor where they can not write.',
          'A log that did not grow from what was sealed before is not sealed: exit code 1.',
        ],
      ),
    )
    .action(action<SealOptions, []>(seal));
}

async function seal(session: Session, options: SealOptions): Promise<number> {
  const { key, anchor = [], generateKey, name, showKey = false } = options;
  if (generateKey !== undefined) return makeKey(session, generateKey, name);
  if (name !== undefined) throw usageError('--name is for --generate-key.', 'See waymark seal --help.');
  if (key === undefined) {
    throw usageError(
      'There is no key to sign with.',
      'Name its file with --key FILE, or make one with --generate-key FILE.',
    );
  }
  const { loadSigningKey } = await import('../../../composition/signing-key-files.js');
  const signer = loadSigningKey(key);
  if (showKey) {
    printKey(session, signer.verifier.toString());
    return EXIT.done;
  }
  const made = await withWaymark(
    session,
    'change',
    async (waymark) => {
      const before = await waymark.store.seals.latest();
      const found = await waymark.log.seal();
      return { seal: found, isNew: before?.id !== found.id };
    },
    { key: signer, anchor },
  );
  report(session, made.seal, made.isNew);
  return EXIT.done;
}

async function makeKey(session: Session, path: string, name: string | undefined): Promise<number> {
  if (name === undefined) {
    throw usageError('A key has the name of the log that it signs for.', 'Give it with --name example.com/orders.');
  }
  const { generateSigningKey } = await import('../../../domain/audit/integrity/signing-key.js');
  const { writeKeyFile } = await import('../../../composition/signing-key-files.js');
  const key = generateSigningKey(name);
  writeKeyFile(path, key);
  session.note(`The signing key is in ${path}: keep it secret, and a copy. Its public half, to be pinned:`);
  printKey(session, key.verifier.toString());
  return EXIT.done;
}

function printKey(session: Session, key: string): void {
  if (session.json) session.printJson({ key });
  else session.print(key);
}

function report(session: Session, sealed: StoredSeal, isNew: boolean): void {
  if (session.json) {
    session.printJson({ isNew, ...sealed });
    return;
  }
  const what = isNew ? 'sealed' : 'nothing new to seal since';
  session.print(`${what}: ${plural(sealed.size, 'entry', 'entries')}, root ${sealed.rootHash}`);
  session.print(`  ${printable(sealed.sealedAt)}, key ${printable(sealed.origin)}+${printable(sealed.keyId)}`);
  session.print(
    renderNextSteps(session, [
      { purpose: 'prove an entry', name: 'prove', operands: ['EVENT'], options: ['--out', 'bundle.json'] },
      { purpose: 'hold the log to it', name: 'verify', options: ['--trusted', 'KEY'] },
    ]),
  );
}
