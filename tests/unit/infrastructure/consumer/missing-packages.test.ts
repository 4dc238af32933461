import { jest } from '@jest/globals';
import type * as Consumers from '../../../../src/consumers.js';
import { makeBus } from '../../../support/bus.js';

/** The consumers on a machine without a package. */
async function without(name: string): Promise<typeof Consumers> {
  jest.unstable_mockModule(name, () => {
    throw Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' });
  });
  jest.resetModules();
  return import('../../../../src/consumers.js');
}

describe('a consumer whose package is not installed', () => {
  afterEach(() => {
    for (const name of ['prom-client', 'rotating-file-stream', 'pino']) jest.unstable_unmockModule(name);
    jest.resetModules();
  });

  it('says how to install prom-client', async () => {
    const { collectMetrics } = await without('prom-client');
    await expect(collectMetrics(makeBus())).rejects.toMatchObject({
      code: 'WAYMARK_PACKAGE_MISSING',
      message: 'collectMetrics needs the package prom-client, which can not be loaded.',
      hint: 'npm install prom-client@15',
    });
  });

  it('says how to install rotating-file-stream', async () => {
    const { writeJsonLines } = await without('rotating-file-stream');
    await expect(writeJsonLines(makeBus(), { path: 'events.jsonl' })).rejects.toMatchObject({
      code: 'WAYMARK_PACKAGE_MISSING',
      hint: 'npm install rotating-file-stream@3',
    });
  });

  it('needs no pino: any logger of its form will do', async () => {
    const { logEvents } = await without('pino');
    const noop = (): void => undefined;
    const logger = { debug: noop, info: noop, warn: noop, error: noop, fatal: noop };
    expect(logEvents(makeBus(), logger).active).toBe(true);
  });
});
