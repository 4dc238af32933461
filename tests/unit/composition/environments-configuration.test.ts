import { waymarkModule } from '../../../src/index.js';
import { environmentsSetup } from '../../../src/composition/environments-configuration.js';
import { codeOf } from '../../support/caught.js';

describe('the configuration of environments', () => {
  it('lets packages run no scripts, and waits ten minutes for a lock, when nothing is said', () => {
    expect(environmentsSetup()).toStrictEqual({ runScripts: false, lockTimeoutMs: 600_000 });
    expect(environmentsSetup({ runScripts: true, lockTimeoutMs: 0 })).toStrictEqual({
      runScripts: true,
      lockTimeoutMs: 0,
    });
  });

  it.each([{ runScript: true }, { runScripts: 'yes' }, { lockTimeoutMs: -1 }, { lockTimeoutMs: 0.5 }])(
    'is refused with %j',
    async (environments) => {
      const config = { storage: 'memory:', workspaces: { environments: environments as never } };
      expect(await codeOf(() => waymarkModule(config))).toBe('WAYMARK_INVALID_ARGUMENT');
    },
  );
});
