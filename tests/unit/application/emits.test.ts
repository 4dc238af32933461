import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { compileFunction } from 'node:vm';
import { transformSync } from '@swc/core';
import { emits, type EventBus, runWithContext, type SystemErrorRaised, type WaymarkError } from '../../../src/index.js';
import { makeBus } from '../../support/bus.js';
import { caught, codeOf } from '../../support/caught.js';
import { DealCreated, DealNoteAdded, DealWon } from '../../support/deals.js';
import { deferred, settle } from '../../support/deferred.js';

/** Methods of every kind. */
class Desk {
  readonly bus = makeBus();
  readonly calls: unknown[] = [];

  @emits({
    bus: (desk) => desk.bus,
    success: (result, [dealId], desk) => new DealCreated({ dealId, tags: [result.name, String(desk.calls.length)] }),
    failure: (error, [dealId]) => new DealNoteAdded({ dealId: `${dealId}: ${String(error)}` }),
  })
  create(dealId: string, fail?: Error): { readonly name: string } {
    this.calls.push(dealId);
    if (fail !== undefined) throw fail;
    return { name: `deal ${dealId}` };
  }

  @emits({
    bus: (desk) => desk.bus,
    success: (result, [work]) => new DealCreated({ dealId: result, tags: [typeof work] }),
    failure: (error) => new DealNoteAdded({ dealId: String(error) }),
  })
  async settleOn(work: Promise<string>): Promise<string> {
    return work;
  }

  @emits({
    bus: (desk) => desk.bus,
    started: ([dealId]) => new DealWon({ dealId }, { correlationId: 'order-7' }),
    success: (_, [dealId]) => new DealCreated({ dealId }),
  })
  async celebrate(_dealId: string): Promise<void> {
    this.bus.publish(new DealNoteAdded({ dealId: 'before' }));
    await settle();
    this.bus.publish(new DealNoteAdded({ dealId: 'after' }));
  }

  @emits({ bus: (desk) => desk.bus, success: (double) => (double > 10 ? new DealCreated({ dealId: 'd' }) : undefined) })
  double(value: number): number {
    return value * 2;
  }

  @emits({
    bus: (desk) => desk.bus,
    success: () => {
      throw new RangeError('no such tag');
    },
    failure: () => ({}) as DealCreated,
  })
  unlucky<Value>(value: Value): Value {
    if (value instanceof Error) throw value;
    return value;
  }

  @emits({ bus: () => everybodys, success: (_, [dealId]) => new DealCreated({ dealId }) })
  static register(dealId: string): string {
    return `${this.name} ${dealId}`;
  }
}

const everybodys = makeBus();
const told = (bus: EventBus): readonly unknown[] => bus.history().events.map(({ type, payload }) => [type, payload]);

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});

describe('a method that emits', () => {
  it('tells of its success, with result, arguments and object', () => {
    expect(desk.create('d-1')).toStrictEqual({ name: 'deal d-1' });
    expect(told(desk.bus)).toStrictEqual([['deal.created', { dealId: 'd-1', tags: ['deal d-1', '1'] }]]);
  });

  it('tells of its failure, and throws what it threw', async () => {
    const error = new TypeError('too small');
    expect(await caught(() => desk.create('d-1', error))).toBe(error);
    expect(told(desk.bus)).toStrictEqual([['deal.note.added', { dealId: 'd-1: TypeError: too small' }]]);
  });

  it('tells of a promise when that has settled, before the caller goes on', async () => {
    const work = deferred<string>();
    const result = desk.settleOn(work.promise).then((value) => [value, told(desk.bus).length]);
    await settle();
    expect(told(desk.bus)).toStrictEqual([]);
    work.resolve('d-2');
    expect(await result).toStrictEqual(['d-2', 1]);
    expect(told(desk.bus)).toStrictEqual([['deal.created', { dealId: 'd-2', tags: ['object'] }]]);
  });

  it('tells of a rejection, and rejects with the same', async () => {
    const error = new Error('no answer');
    expect(await caught(desk.settleOn(Promise.reject(error)))).toBe(error);
    expect(told(desk.bus)).toStrictEqual([['deal.note.added', { dealId: 'Error: no answer' }]]);
  });

  it('tells nothing where there is nothing to tell', () => {
    expect([desk.double(3), desk.double(7)]).toStrictEqual([6, 14]);
    expect(told(desk.bus)).toHaveLength(1);
    expect(desk.bus.history().events[0]).toBeInstanceOf(DealCreated);
  });

  it('makes what happens in it, and its end, follow from its start', async () => {
    await runWithContext({ actor: 'user:ada' }, () => desk.celebrate('d'));
    const [started, ...rest] = desk.bus.history().events;
    expect(started?.context.causationId).toBeUndefined();
    expect(rest.map(({ context }) => [context.causationId, context.correlationId, context.actor])).toStrictEqual(
      Array.from({ length: 3 }, () => [started?.id, 'order-7', 'user:ada']),
    );
    expect(rest.map(({ type }) => type)).toStrictEqual(['deal.note.added', 'deal.note.added', 'deal.created']);
  });

  it('follows from its start in a handler of another event too', () => {
    const cause = new DealNoteAdded({ dealId: 'd' });
    desk.bus.subscribe(DealNoteAdded, (event) => event === cause && desk.celebrate('d'));
    desk.bus.publish(cause);
    const [, started, within] = desk.bus.history().events;
    expect([started?.context.causationId, within?.context.causationId]).toStrictEqual([cause.id, started?.id]);
  });

  it('works on a class, and looks like the method that it is', () => {
    expect(Desk.register('d-3')).toBe('Desk d-3');
    expect(told(everybodys)).toStrictEqual([['deal.created', { dealId: 'd-3' }]]);
    expect([desk.create.name, desk.create.length, Desk.register.name]).toStrictEqual(['create', 2, 'register']);
  });

  it('leaves a rejection that nobody looks at to be reported', async () => {
    const program = `
      import { emits } from 'waymark';
      const bus = () => ({ publish: () => undefined });
      const refuse = emits({ bus })(async () => { throw new Error('nobody looks'); }, { kind: 'method', name: 'refuse' });
      refuse();`;
    const error = await caught(promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]));
    expect(error).toMatchObject({ code: 1, stderr: expect.stringContaining('Error: nobody looks') });
  });
});

describe('an event that can not be made or published', () => {
  it('never breaks the method: system.error_raised tells of it', async () => {
    expect(desk.unlucky('value')).toBe('value');
    const error = new Error('its own');
    expect(await caught(() => desk.unlucky(error))).toBe(error);
    const reports = desk.bus.history().events as readonly SystemErrorRaised[];
    expect(reports.map(({ type, payload }) => [type, payload.component, payload.error.name])).toStrictEqual([
      ['system.error_raised', 'Desk.unlucky', 'RangeError'],
      ['system.error_raised', 'Desk.unlucky', 'InvalidEventError'],
    ]);
  });

  it('warns the process where nothing can be published any more', async () => {
    const { emitWarning } = process;
    const warnings: unknown[] = [];
    process.emitWarning = (...warning: readonly unknown[]) => void warnings.push(warning);
    try {
      await desk.bus.close();
      expect(desk.create('d-1')).toStrictEqual({ name: 'deal d-1' });
    } finally {
      process.emitWarning = emitWarning;
    }
    expect(warnings).toStrictEqual([
      [expect.stringContaining('Desk.create'), { type: 'WaymarkWarning', code: 'WAYMARK_EMIT_FAILED' }],
    ]);
  });
});

describe('the decorator', () => {
  const source = `
    exports.Desk = class Desk {
      constructor(bus) { this.bus = bus; }
      @emits({ bus: (desk) => desk.bus, success: (result) => new DealCreated({ dealId: result }) })
      create(name) { return name; }
      @emits({ bus: (desk) => desk.bus, failure: (error) => new DealWon({ dealId: error.message }) })
      async refuse(name) { throw new Error(name); }
    };`;

  interface TranslatedDesk {
    create(name: string): string;
    refuse(name: string): Promise<never>;
  }

  it.each([
    ['standard', { decoratorVersion: '2022-03' }],
    ['of experimentalDecorators', { legacyDecorator: true }],
  ] as const)('is one that is %s', async (_, transform) => {
    const { code } = transformSync(source, {
      jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform },
      module: { type: 'commonjs' },
    });
    const exports: { Desk?: new (bus: EventBus) => TranslatedDesk } = {};
    compileFunction(code, ['exports', 'emits', 'DealCreated', 'DealWon'])(exports, emits, DealCreated, DealWon);
    const { Desk: Translated } = exports;
    if (Translated === undefined) throw new Error('nothing was translated');
    const bus = makeBus();
    const translated = new Translated(bus);
    expect(translated.create('d-4')).toBe('d-4');
    expect(((await caught(translated.refuse('no'))) as WaymarkError).message).toBe('no');
    expect(told(bus)).toStrictEqual([
      ['deal.created', { dealId: 'd-4' }],
      ['deal.won', { dealId: 'no' }],
    ]);
  });

  it('refuses anything but a method', async () => {
    const decorate = emits({ bus: () => everybodys }) as unknown as (...given: readonly unknown[]) => unknown;
    const get = (): number => 1;
    expect(await codeOf(() => decorate(get, { kind: 'getter', name: 'size' }))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(() => decorate({}, 'size', { get }))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(() => decorate(undefined, { kind: 'field', name: 'size' }))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(() => decorate(class {}, { kind: 'class', name: 'Size' }))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
