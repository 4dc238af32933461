import { emits, ErrorEncountered, type EventBus, type JsonObject } from 'waymark';
import { DealArchived, DealCreated, DealProfileEnriched, DealStageChanged, DealUpdated, type Stage } from './events.js';

/** A deal, as the desk keeps it. */
export interface Deal extends JsonObject {
  readonly id: string;
  readonly customer: string;
  readonly amount: number;
  readonly stage: Stage;
}

/** Tells more of a customer. */
export interface Directory {
  readonly name: string;
  readonly apiKey: string;
  lookUp(customer: string): Promise<JsonObject>;
}

/** Keeps deals. Its methods do the work and know nothing of events: the decorators tell what happened. */
export class DealDesk {
  readonly bus: EventBus;
  readonly #directory: Directory;
  readonly #deals = new Map<string, Deal>();

  constructor(bus: EventBus, directory: Directory) {
    this.bus = bus;
    this.#directory = directory;
  }

  get directory(): Pick<Directory, 'name' | 'apiKey'> {
    return this.#directory;
  }

  /** The result is the payload, field by field. */
  @emits({
    bus: (desk) => desk.bus,
    success: ({ id, customer, amount }) => new DealCreated({ dealId: id, customer, amount }),
  })
  create(id: string, customer: string, amount: number): Deal {
    return this.#put({ id, customer, amount, stage: 'new' });
  }

  /** The arguments are the payload. */
  @emits({
    bus: (desk) => desk.bus,
    success: (_, [dealId, changes]) => new DealUpdated({ dealId, changes }),
  })
  update(id: string, changes: Partial<Pick<Deal, 'customer' | 'amount'>>): Deal {
    return this.#put({ ...this.#get(id), ...changes });
  }

  /** Nothing is told of a move that leads nowhere. */
  @emits({
    bus: (desk) => desk.bus,
    success: ({ from, to }, [dealId]) => (from === to ? undefined : new DealStageChanged({ dealId, from, to })),
  })
  moveTo(id: string, to: Stage): { readonly from: Stage; readonly to: Stage } {
    const deal = this.#get(id);
    this.#put({ ...deal, stage: to });
    return { from: deal.stage, to };
  }

  /** Asynchronous, and it may fail: the promise's result or error goes to the caller as it is. */
  @emits({
    bus: (desk) => desk.bus,
    success: (facts, [dealId], { directory }) =>
      new DealProfileEnriched({ dealId, source: directory.name, facts, apiKey: directory.apiKey }),
    // A type of the library's own, from its family `error`.
    failure: (error, [dealId]) =>
      new ErrorEncountered({
        errorId: `enrich-${dealId}`,
        errorType: error instanceof Error ? error.name : 'unknown',
        message: error instanceof Error ? error.message : String(error),
        impact: `deal ${dealId} is without a profile`,
      }),
  })
  async enrich(id: string): Promise<JsonObject> {
    return this.#directory.lookUp(this.#get(id).customer);
  }

  @emits({
    bus: (desk) => desk.bus,
    success: (_, [dealId, reason]) => new DealArchived({ dealId, reason }),
  })
  archive(id: string, _reason: string): void {
    this.#deals.delete(this.#get(id).id);
  }

  #get(id: string): Deal {
    const deal = this.#deals.get(id);
    if (deal === undefined) throw new RangeError(`There is no deal ${id}`);
    return deal;
  }

  #put(deal: Deal): Deal {
    this.#deals.set(deal.id, deal);
    return deal;
  }
}
