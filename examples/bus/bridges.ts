import { EventEmitter } from 'node:events';
import { Subject } from 'rxjs';
import {
  BusBridge,
  busEndPoint,
  createWaymark,
  type EventBus,
  eventEmitterEndPoint,
  eventTargetEndPoint,
  subjectEndPoint,
} from 'waymark';
import { DealArchived, DealCreated, DealStageChanged } from '../deal-desk/events.js';

type Print = (line: string) => void;

const newDeal = (dealId: string): DealCreated => new DealCreated({ dealId, customer: 'Lovelace & Co', amount: 100 });

function withAnEmitter(bus: EventBus, print: Print): void {
  const emitter = new EventEmitter();
  emitter.on('mail', (text: string) => print(`mail: ${text}`));

  using bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, ['signed']), {
    topic: DealCreated,
    outgoing: ({ payload }) => ({ name: 'mail', args: [`${payload.customer} would like ${payload.amount}`] }),
    incoming: ({ args }) => new DealStageChanged({ dealId: String(args[0]), from: 'new', to: 'won' }),
  }).enable();

  bus.publish(newDeal('1'));
  emitter.emit('signed', '1');
  print(`${bridge.counters.sent} out, ${bridge.counters.received} in`);
}

function withASubject(bus: EventBus, print: Print): void {
  const amounts = new Subject<number>();
  amounts.subscribe((amount) => print(`amount: ${amount}`));

  using bridge = new BusBridge(bus, subjectEndPoint(amounts), {
    topic: DealCreated,
    outgoing: ({ payload }) => payload.amount,
    incoming: (amount) => new DealCreated({ dealId: `for ${amount}`, customer: 'Babbage Ltd', amount }),
  }).enable();

  bus.publish(newDeal('2'));
  amounts.next(70);
  print(`${bridge.counters.sent} out, ${bridge.counters.received} in`);
}

function withAnEventTarget(bus: EventBus, print: Print): void {
  const target = new EventTarget();
  target.addEventListener('deal.created', (event) => print(`dispatched: ${event.type}`));

  using bridge = new BusBridge(bus, eventTargetEndPoint(target, ['deal.archived'])).enable();

  bus.publish(newDeal('3'));
  const detail = new DealArchived({ dealId: '3', reason: 'it is lost' });
  target.dispatchEvent(new CustomEvent('deal.archived', { detail }));
  print(`${bridge.counters.sent} out, ${bridge.counters.received} in`);
}

async function withAnotherBus(bus: EventBus, print: Print): Promise<void> {
  await using branch = await createWaymark({ storage: 'memory:' });
  branch.bus.subscribe('deal.*', ({ type }) => print(`branch: ${type}`));

  using bridge = new BusBridge(bus, busEndPoint(branch.bus, 'deal.*'), { topic: 'deal.*' }).enable();

  bus.publish(newDeal('4'));
  branch.bus.publish(new DealArchived({ dealId: '4', reason: 'it is won' }));
  print(`${bridge.counters.sent} out, ${bridge.counters.received} in, ${bridge.counters.skipped} not sent back`);
}

/** Shows a bridge to each mechanism that there is an end point for. */
export async function main(print: Print): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  waymark.bus.subscribe('deal.*', ({ type }) => print(`desk: ${type}`));
  print('EventEmitter');
  withAnEmitter(waymark.bus, print);
  print('Subject');
  withASubject(waymark.bus, print);
  print('EventTarget');
  withAnEventTarget(waymark.bus, print);
  print('another bus');
  await withAnotherBus(waymark.bus, print);
}
