import { BusHandlerCollected, createWaymark, type EventBus } from 'waymark';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DealWon } from './deals.js';

/** Something with a life of its own, which nobody takes off the bus. */
class Panel {
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  show({ payload }: DealWon): void {
    this.#print(`panel: ${payload.dealId}`);
  }
}

/** A handler that doesn't keep its target alive. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;
  bus.subscribe(BusHandlerCollected, ({ payload }) => print(`${payload.handler} on ${payload.topic} is gone`));

  const panels = openPanels(bus, print);
  bus.publish(new DealWon({ dealId: 'd-1', amount: 100 }));

  panels.length = 0;
  await collectGarbage(() => bus.metrics().collected > 0);
  bus.publish(new DealWon({ dealId: 'd-2', amount: 100 }));
  print(`collected: ${bus.metrics().collected}`);
}

/** Panels that listen for as long as somebody holds on to them. */
function openPanels(bus: EventBus, print: (line: string) => void): Panel[] {
  const panel = new Panel(print);
  bus.subscribeWeak(DealWon, panel, (shown, event) => shown.show(event), { name: 'panel' });
  return [panel];
}

/** Garbage is collected when the engine sees fit. To show it, ask. */
async function collectGarbage(until: () => boolean): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 20 && !until(); round += 1) {
    collect();
    // Who waits for that is called in a turn of its own.
    for (let turn = 0; turn < 20 && !until(); turn += 1) await setImmediate();
  }
}
