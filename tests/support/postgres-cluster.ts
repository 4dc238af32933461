import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { makeTemporaryFolder, type TemporaryFolder } from './temporary-folder.js';

/** How the server is stopped: with its transactions taken back, or as if it had crashed. */
export type StopMode = 'fast' | 'immediate';

/** A server of the test's own, which it may stop: nobody else's work is on it. */
export class PostgresCluster {
  readonly url: string;
  readonly #folder: TemporaryFolder;
  readonly #bin: string;

  private constructor(folder: TemporaryFolder, bin: string, port: number) {
    this.#folder = folder;
    this.#bin = bin;
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  /** Makes and starts one. */
  static async start(bin: string): Promise<PostgresCluster> {
    const folder = makeTemporaryFolder();
    const port = await freePort();
    const cluster = new PostgresCluster(folder, bin, port);
    const user = serverUser();
    if (user.uid !== undefined && user.gid !== undefined) chownSync(folder.path, user.uid, user.gid);
    try {
      await cluster.#run('initdb', [
        '--username=postgres',
        '--auth=trust',
        '--encoding=UTF8',
        '--no-locale',
        '--no-sync',
      ]);
      appendFileSync(
        folder.file('data/postgresql.conf'),
        [
          `port = ${port}`,
          `listen_addresses = '127.0.0.1'`,
          `unix_socket_directories = '${folder.path}'`,
          `shared_buffers = 16MB`,
          '',
        ].join('\n'),
      );
      await cluster.#control('start');
      return cluster;
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  async restart(mode: StopMode): Promise<void> {
    await this.#control('restart', '-m', mode);
  }

  async remove(): Promise<void> {
    await this.#control('stop', '-m', 'immediate').catch(() => undefined);
    this.#folder.remove();
  }

  /** Resolves when the server takes connections, or is down. */
  #control(...action: readonly string[]): Promise<void> {
    return this.#run('pg_ctl', ['-w', '-t', '60', '-l', this.#folder.file('server.log'), ...action]);
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    const out = this.#folder.file('data');
    const child = spawn(join(this.#bin, program), ['-D', out, ...args], {
      // The server keeps what it inherits: a pipe would never end.
      stdio: 'ignore',
      cwd: this.#folder.path,
      ...serverUser(),
    });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${this.#log()}`);
  }

  #log(): string {
    const log = this.#folder.file('server.log');
    return existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : 'there is no log';
  }
}

/** Where the server's programs are; `undefined` where they are not installed. */
export function findPostgresPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const installed = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : [];
  const newestFirst = installed.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const folders = [...newestFirst, ...configured(), ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')));
}

function configured(): readonly string[] {
  try {
    return [execFileSync('pg_config', ['--bindir'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()];
  } catch {
    return [];
  }
}

/** The server refuses to run as root: then it is somebody else who runs it. */
function serverUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string, user: string): number =>
    Number(execFileSync('id', [option, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: id('-u', user), gid: id('-g', user) };
    } catch {
      // The next one may be there.
    }
  }
  throw new Error('There is no user to run a PostgreSQL server as.');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
