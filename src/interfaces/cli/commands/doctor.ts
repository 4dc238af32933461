import { Command } from 'commander';
import type { StoreFact } from '../../../application/store/store.port.js';
import { MAX_EXECUTION_PAGE } from '../../../domain/shared/page-limits.js';
import { pad, widthOf } from '../../text/columns.js';
import { printable } from '../../text/printable.js';
import { plural } from '../../text/quantities.js';
import { EXIT, toWaymarkError } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { helpText } from '../options.js';
import { packageFacts } from '../package-facts.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { isPostgresUrl, withoutPassword } from '../store-url.js';

/** `waymark doctor` */
export function doctorCommand(action: Action): Command {
  return new Command('doctor')
    .description('Look at the installation and the store, and say what is wrong with them.')
    .addHelpText(
      'after',
      helpText(
        [
          'waymark doctor',
          'waymark doctor --store ./other.db --json',
          'waymark doctor --store postgres://localhost/app',
        ],
        ['Exit code 1 when there is a problem.'],
      ),
    )
    .action(action<SharedOptions, []>(examine));
}

async function examine(session: Session): Promise<number> {
  const facts = [...installation(), await driver(session), ...(await store(session))];
  const problems = facts.filter(({ level }) => level === 'problem').length;
  if (session.json) session.printJson({ ok: problems === 0, facts });
  else session.print(render(session, facts, problems));
  return problems === 0 ? EXIT.done : EXIT.failed;
}

function installation(): readonly StoreFact[] {
  const { version, engines } = packageFacts();
  const wanted = engines.node.replace('>=', '');
  const isOld = process.versions.node.localeCompare(wanted, undefined, { numeric: true }) < 0;
  return [
    { name: 'waymark', value: version, level: 'ok' },
    {
      name: 'Node',
      value: `${process.versions.node}${isOld ? `; waymark needs ${wanted} or newer` : ''}`,
      level: isOld ? 'problem' : 'ok',
    },
    { name: 'platform', value: `${process.platform} ${process.arch}`, level: 'ok' },
  ];
}

/** Whether the driver of the store's database is there, and its compiled part fits this Node. */
async function driver({ store }: Session): Promise<StoreFact> {
  const [name, version, load] = isPostgresUrl(store)
    ? (['pg', 8, () => import('pg')] as const)
    : (['better-sqlite3', 12, loadSqlite] as const);
  try {
    await load();
    return { name, value: 'can be loaded', level: 'ok' };
  } catch (error) {
    const why = toWaymarkError(error).message.split('\n')[0] ?? '';
    return { name, value: `can't be loaded: ${why}. → npm install ${name}@${version}`, level: 'problem' };
  }
}

async function loadSqlite(): Promise<void> {
  const { default: Database } = await import('better-sqlite3');
  new Database(':memory:').close();
}

async function store(session: Session): Promise<readonly StoreFact[]> {
  try {
    return await withWaymark(session, 'read', async (waymark) => {
      const facts = [...(await waymark.store.describe())];
      const { size, rootHash } = await waymark.log.head();
      facts.push({ name: 'log', value: `${plural(size, 'entry', 'entries')}, root ${rootHash}`, level: 'ok' });
      facts.push(deadLetters(await waymark.store.deadLetters.count({})));
      const running = await waymark.executions.list({ status: 'running', limit: MAX_EXECUTION_PAGE });
      for (const { id } of running.filter((execution) => waymark.executions.isOrphan(execution))) {
        facts.push({
          name: 'left behind',
          value: `execution ${id}: its process is gone. → ${session.command('resume', [id])}`,
          level: 'note',
        });
      }
      return facts;
    });
  } catch (error) {
    const { code, message, hint } = toWaymarkError(error);
    const storage: StoreFact = { name: 'storage', value: withoutPassword(session.store), level: 'ok' };
    return [storage, { name: code, value: hint === undefined ? message : `${message} → ${hint}`, level: 'problem' }];
  }
}

function deadLetters(count: number): StoreFact {
  const name = 'dead letters';
  if (count === 0) return { name, value: '0', level: 'ok' };
  return { name, value: `${count}. → Look at waymark.bus.deadLetters.list() in the program.`, level: 'note' };
}

function render({ palette }: Session, facts: readonly StoreFact[], problems: number): string {
  const width = Math.max(...facts.map(({ name }) => widthOf(name)));
  const marks = { ok: palette.green('✓'), note: palette.yellow('!'), problem: palette.red('✗') };
  const lines = facts.map(({ name, value, level }) => `${marks[level]} ${pad(name, width)}  ${printable(value)}`);
  const verdict =
    problems === 0 ? palette.green('No problem found.') : palette.red(`${plural(problems, 'problem')} found.`);
  return [...lines, verdict].join('\n');
}
