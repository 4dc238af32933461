import { followProgress, NodeCompleted } from '../../../src/index.js';
import type { CliIo } from '../../../src/interfaces/cli/cli-io.js';
import { driveExecution } from '../../../src/interfaces/cli/drive-execution.js';
import { Session } from '../../../src/interfaces/cli/session.js';
import { Recorder } from '../../e2e/cli/support/in-process.js';
import { DealCreated } from '../../support/deals.js';
import { deferred } from '../../support/deferred.js';
import { openWaymark } from '../../support/open-waymark.js';
import { OfferSent } from '../../support/people.js';
import { chain, workflow } from '../../support/workflows.js';

describe('following progress', () => {
  it('has written the line of an event when its publishing returns, and it is durable then', async () => {
    await using waymark = await openWaymark();
    const stream = new Recorder();
    using progress = followProgress(waymark.bus, undefined, stream);
    waymark.bus.subscribe(NodeCompleted, (event, { position }) => {
      expect(stream.text.split('\n').at(-2)).toMatch(
        new RegExp(`^#${position} node\\.completed ${event.payload.nodeId} `),
      );
    });
    await (await waymark.executions.start(chain())).result();
    const printed = stream.text.trimEnd().split('\n');
    expect(printed).toHaveLength((await waymark.log.head()).size);
    waymark.bus.publish(new DealCreated({ dealId: 'd\u001b' }));
    expect(stream.text.split('\n').at(-2)).toBe(String.raw`- deal.created deal d\u001b created`);
    progress.stop();
    waymark.bus.publish(new DealCreated({ dealId: 'later' }));
    expect(stream.text).not.toContain('later');
    expect(waymark.bus.metrics().failed).toBe(0);
  });

  it('does not show what is personal', async () => {
    await using waymark = await openWaymark();
    const stream = new Recorder();
    using _progress = followProgress(waymark.bus, undefined, stream);
    waymark.bus.publish(new OfferSent({ offerId: 'o-1', customerId: 'ada', email: 'ada@example.com' }));
    expect(stream.text).toBe('- offer.sent Offer o-1 sent to [personal]\n');
  });

  it('shows one execution alone where it is named', async () => {
    await using waymark = await openWaymark();
    const stream = new Recorder();
    using _progress = followProgress(waymark.bus, 'mine', stream);
    await (await waymark.executions.start(chain(), {}, { executionId: 'other' })).result();
    expect(stream.text).toBe('');
    await (await waymark.executions.start(chain(), {}, { executionId: 'mine' })).result();
    expect(stream.text).toMatch(/execution\.completed/);
  });

  it('changes lines in place on a terminal, and leaves what is done', async () => {
    await using waymark = await openWaymark();
    const stream = new Recorder(40);
    const running = deferred();
    const work = workflow(
      'w',
      ['a', 'b'],
      {},
      {
        a: async ({ progress }) => {
          progress(0.5, 'a message that is too long for forty columns');
          await running.promise;
          return {};
        },
        b: () => {
          throw new Error('no\nluck');
        },
      },
    );
    {
      using _progress = followProgress(waymark.bus, undefined, stream, { color: false });
      const run = await waymark.executions.start(work);
      running.resolve();
      await run.result();
    }
    const screen = render(stream.text);
    expect(screen.toSorted()).toStrictEqual([expect.stringMatching(/^✓ a {2}\d+ ms$/), String.raw`✗ b  no\nluck`]);
    expect(stream.text).toContain('● a  50 %  a message that is too long …');
  });
});

describe('the time that a node has taken', () => {
  it('is told by a clock that never goes back', async () => {
    await using waymark = await openWaymark();
    const stream = new Recorder(40);
    let now = 5_000;
    using progress = followProgress(waymark.bus, undefined, stream, { color: false, now: () => now });
    const running = deferred();
    const begun = deferred();
    const slow = workflow(
      'slow',
      ['a'],
      {},
      {
        a: async () => {
          begun.resolve();
          await running.promise;
          return {};
        },
      },
    );
    const run = await waymark.executions.start(slow);
    await begun.promise;
    now += 65_000;
    progress.say('a line that stays');
    expect(stream.text).toContain('● a  1 min 5 s');
    running.resolve();
    await run.result();
  });
});

describe('an interrupted run', () => {
  it('is cancelled the first time, and ends the program at once the second time', async () => {
    await using waymark = await openWaymark();
    let interrupt = (): void => undefined;
    const exits: number[] = [];
    const stderr = new Recorder();
    const io: CliIo = {
      stdin: process.stdin,
      stdout: new Recorder(),
      stderr,
      env: {},
      onInterrupt: (handler) => {
        interrupt = handler;
        return () => undefined;
      },
      whileOpen: () => () => undefined,
      exit: (code) => void exits.push(code),
    };
    const begun = deferred();
    const stuck = workflow(
      'stuck',
      ['a'],
      {},
      {
        a: () => {
          begun.resolve();
          return new Promise(() => undefined);
        },
      },
    );
    const session = new Session(io, { color: false }, new AbortController().signal);
    const driven = driveExecution(session, waymark, 'user:ada', () => waymark.executions.start(stuck));
    await begun.promise;
    interrupt();
    interrupt();
    expect(exits).toStrictEqual([130]);
    await expect(driven).resolves.toMatchObject({ status: 'cancelled', reason: 'interrupted' });
    expect(stderr.text).toContain('cancelling; once more ends the program without waiting');
    const [entry] = await waymark.log.query({ types: ['execution.cancelled'] });
    expect(entry?.event.context.actor).toBe('user:ada');
  });
});

/** What a terminal shows of a text that moves up and clears below. */
function render(text: string): readonly string[] {
  const lines: string[] = [''];
  let row = 0;
  // oxlint-disable-next-line no-control-regex -- these are the controls that are interpreted
  for (const token of text.match(/\u001b\[\d*[AJ]|\r|\n|[^\u001b\r\n]+/g) ?? []) {
    if (token === '\n') {
      row += 1;
      lines[row] ??= '';
    } else if (token.endsWith('A') && token.startsWith('\u001b')) {
      row -= Number(token.slice(2, -1));
    } else if (token === '\u001b[J') {
      lines.splice(row + 1);
      lines[row] = '';
    } else if (token !== '\r') {
      lines[row] = token;
    }
  }
  return lines.filter((line) => line !== '');
}
