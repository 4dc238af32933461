import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { placeBesideStorage } from '../../../src/composition/spill-place.js';
import { workspacesHome } from '../../../src/composition/workspaces-configuration.js';
import { InvalidArgumentError } from '../../../src/index.js';
import { openWaymark } from '../../support/open-waymark.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

describe('the home of files, workspaces and environments', () => {
  it('is where it is said to be', () => {
    expect(workspacesHome({ home: './there' }, '/elsewhere').path).toBe(resolve('there'));
  });

  it('is beside a SQLite file, and in the state folder of the user for a server', () => {
    expect(placeBesideStorage({ kind: 'sqlite', path: 'a/waymark.db' }, 'files')).toBe('a/waymark.db.files');
    const place = placeBesideStorage({ kind: 'postgres', url: 'postgres://ada@localhost/app' }, 'files') ?? '';
    expect(isAbsolute(place)).toBe(true);
    expect(place).toMatch(/[/\\]waymark[/\\][0-9a-f]{16}\.files$/);
    expect(placeBesideStorage({ kind: 'memory' }, 'files')).toBeUndefined();
  });

  it('is a folder of its own for temporary files in memory, which close removes', async () => {
    const home = workspacesHome({}, undefined);
    expect(home.path.startsWith(join(tmpdir(), 'waymark-'))).toBe(true);
    expect(workspacesHome({}, undefined).path).not.toBe(home.path);
    expect(existsSync(home.path)).toBe(false);
    mkdirSync(join(home.path, 'files'), { recursive: true });
    await home.close();
    await home.close();
    expect(existsSync(home.path)).toBe(false);
  });

  it.each([[{ home: '' }], [{ home: 'a\0b' }], [{ home: 3 }], [{ hom: 'x' }]])('refuses %j', (config) => {
    expect(() => workspacesHome(config as object, undefined)).toThrow(InvalidArgumentError);
  });

  it('has the files of a Waymark, and stays when it was named', async () => {
    const folder = makeTemporaryFolder();
    mkdirSync(folder.file('site'));
    writeFileSync(folder.file('site/a.txt'), 'one');
    const home = folder.file('home');
    const waymark = await openWaymark({ workspaces: { home } });
    expect(existsSync(home)).toBe(false);
    await waymark.files.commitFolder(folder.file('site'));
    await waymark.close();
    expect(existsSync(join(home, 'files'))).toBe(true);
    folder.remove();
  });
});
