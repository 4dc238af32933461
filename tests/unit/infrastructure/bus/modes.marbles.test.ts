import { DealCreated } from '../../../support/deals.js';
import { Marbles, nameOf } from '../../../support/marbles.js';

describe('the mode sync', () => {
  it('gives each event to every handler before the next', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, marbles.handler('first'));
    marbles.bus.subscribe(DealCreated, marbles.handler('second'));
    marbles.bus.subscribe(DealCreated, (event) => marbles.mark('both', nameOf(event)));
    expect(await marbles.play('a-b-(cd)-|')).toStrictEqual({
      first: ' a-b-(cd)--'.trim(),
      second: 'a-b-(cd)--',
      both: '  a-b-(cd)--'.trim(),
    });
  });
});

describe('the mode async', () => {
  it('works on one event after another', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, marbles.worker('one', 2), { mode: 'async' });
    expect(await marbles.play('(abc)------')).toStrictEqual({
      one: '                   a-(Ab)-(Bc)-C'.trim(),
    });
  });

  it('works on two at a time, begun in their order', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, marbles.worker('two', 2), { mode: 'async', concurrency: 2 });
    expect(await marbles.play('(abc)-d--')).toStrictEqual({
      two: '                   (ab)-(ABcd)-(CD)'.trim(),
    });
  });

  it('keeps the order of each key, and lets keys overtake each other', async () => {
    const marbles = new Marbles();
    // Vowels are one key, consonants another.
    const key = (event: DealCreated): string => ('aeiou'.includes(nameOf(event)) ? 'vowel' : 'consonant');
    marbles.bus.subscribe(DealCreated, marbles.worker('keyed', 2), { mode: 'async', concurrency: 4, key });
    expect(await marbles.play('(aeb)-----')).toStrictEqual({
      keyed: '                 (ab)-(ABe)-E-'.trim(),
    });
  });

  it('delivers on close what was queued', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, marbles.worker('one', 2), { mode: 'async' });
    expect(await marbles.play('(ab)|---')).toStrictEqual({
      one: '                   a-(Ab)-B'.trim(),
    });
  });

  it('ends with its signal: what it has begun goes on, what waited is left', async () => {
    const marbles = new Marbles();
    const controller = new AbortController();
    marbles.bus.subscribe(DealCreated, marbles.worker('one', 3), { mode: 'async', signal: controller.signal });
    marbles.bus.subscribe(DealCreated, (event) => nameOf(event) === 'x' && controller.abort());
    expect(await marbles.play('(ab)x--c--')).toStrictEqual({ one: 'a--A---' });
  });

  it('of once takes the first event only', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, marbles.worker('once', 1), { mode: 'async', once: true });
    marbles.bus.subscribe(DealCreated, marbles.handler('filtered'), {
      once: true,
      filter: (event) => nameOf(event) > 'a',
    });
    expect(await marbles.play('(ab)-c|')).toStrictEqual({ once: 'aA--', filtered: 'b---' });
  });
});

describe('the mode batch', () => {
  const batches = (marbles: Marbles) => (events: readonly DealCreated[]) =>
    marbles.mark('batch', events.map(nameOf).join(''));

  it('begins when there are enough events', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, batches(marbles), { mode: 'batch', size: 2, delayMs: 1_000 });
    expect(await marbles.play('a-bc--d-')).toStrictEqual({ batch: '--(ab)---(cd)-' });
  });

  it('begins when its first event has waited long enough', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, batches(marbles), { mode: 'batch', size: 10, delayMs: 30 });
    expect(await marbles.play('a-b--c----')).toStrictEqual({ batch: '---(ab)----c-' });
  });

  it('begins when the bus closes, or somebody waits for it to settle', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, batches(marbles), { mode: 'batch', size: 10, delayMs: 1_000 });
    marbles.bus.subscribe(DealCreated, (event) => void (nameOf(event) === 's' && void marbles.bus.settled()));
    expect(await marbles.play('(ab)s-(cd)--|-')).toStrictEqual({ batch: '-(abs)----(cd)-' });
  });

  it('gives one batch at a time', async () => {
    const marbles = new Marbles();
    const work = marbles.worker('last', 2);
    const handle = async (events: readonly DealCreated[]): Promise<void> => {
      marbles.mark('sizes', String(events.length));
      await work(events.at(-1) as DealCreated);
    };
    marbles.bus.subscribe(DealCreated, handle, { mode: 'batch', size: 2 });
    expect(await marbles.play('(abcd)-----')).toStrictEqual({ sizes: '2-2---', last: 'b-(Bd)-D-' });
  });

  it('counts the time that a batch takes as waited for the next', async () => {
    const marbles = new Marbles();
    const work = marbles.worker('batch', 4);
    const handle = (events: readonly DealCreated[]): Promise<void> => work(events.at(-1) as DealCreated);
    marbles.bus.subscribe(DealCreated, handle, { mode: 'batch', size: 2, delayMs: 30 });
    expect(await marbles.play('(ab)c-------')).toStrictEqual({ batch: 'b---(Bc)---C' });
  });

  it('of once does not wait for a second event', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, batches(marbles), { mode: 'batch', once: true, delayMs: 1_000 });
    expect(await marbles.play('(ab)--')).toStrictEqual({ batch: 'a--' });
  });
});

describe('replay', () => {
  it('gives the past first, and then what comes', async () => {
    const marbles = new Marbles();
    const subscribe = (): void =>
      void marbles.bus.subscribe(DealCreated, marbles.handler('late'), {
        replay: 2,
        filter: (event) => nameOf(event) !== 's',
      });
    marbles.bus.subscribe(DealCreated, (event) => nameOf(event) === 's' && subscribe());
    expect(await marbles.play('abc-s-d')).toStrictEqual({ late: '----(bc)-d' });
  });

  it('comes before what was published meanwhile, in every mode', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, (event) => {
      if (nameOf(event) !== 'b') return;
      marbles.bus.publish(new DealCreated({ dealId: 'n' }));
      marbles.bus.subscribe(DealCreated, marbles.handler('sync'), { replay: 5 });
      marbles.bus.subscribe(DealCreated, marbles.handler('async'), { replay: 5, mode: 'async' });
    });
    expect(await marbles.play('ab-c')).toStrictEqual({ sync: '-(abn)-c', async: '-(abn)-c' });
  });
});
