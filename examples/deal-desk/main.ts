import { createWaymark, runWithContext, UnknownEvent } from 'waymark';
import { DealDesk, type Directory } from './deal-desk.js';
import { DEAL_EVENTS, DealStageChanged, DealUpdated } from './events.js';

const directory: Directory = {
  name: 'trade register',
  apiKey: 'key-of-the-desk',
  lookUp: (customer) =>
    customer === 'Lovelace & Co'
      ? Promise.resolve({ founded: 1843, seat: 'London' })
      : Promise.reject(new Error(`${customer} is not in the register`)),
};

await using waymark = await createWaymark({ storage: 'memory:' });

// 1. Known to the catalog, the family can be read back typed, in the newest shape, under every name it ever had.
waymark.catalog.register(...DEAL_EVENTS);
console.log(`1. registered: ${waymark.catalog.families().get('deal')} types of the family deal`);

// 2. Routing by family. What a handler does follows from the event that it handles.
console.log('\n2. deal.*, as it happens');
waymark.bus.subscribe('deal.*', (event) => {
  const cause = event.context.causationId === undefined ? '' : ', caused by another';
  console.log(`   ${event.type} on ${event.context.stream} (${event.context.actor ?? 'nobody'}${cause})`);
});
const desk = new DealDesk(waymark.bus, directory);
waymark.bus.subscribe(DealStageChanged, ({ payload }) => {
  if (payload.to === 'won') desk.archive(payload.dealId, 'it is won');
});

// 3. Everything about a deal belongs together, whoever does it and however far down.
await runWithContext({ correlationId: 'deal-7', actor: 'user:ada' }, async () => {
  desk.create('7', 'Lovelace & Co', 1200);
  desk.update('7', { amount: 1500 });
  await desk.enrich('7');
  desk.moveTo('7', 'offered');
});
await runWithContext({ correlationId: 'deal-8', actor: 'user:ada' }, async () => {
  desk.create('8', 'Nobody Ltd', 10);
  await desk.enrich('8').catch((error: unknown) => console.log(`   the caller sees it too: ${String(error)}`));
});
runWithContext({ correlationId: 'deal-7', actor: 'user:grace' }, () => desk.moveTo('7', 'won'));

console.log('\n3. the log of deal 7');
await show('deal-7');
console.log('\n   the log of deal 8');
await show('deal-8');

// 4. Evolution: a record of an older system, in the shape and under the name of its time.
await waymark.log.append([
  new UnknownEvent(
    'deal.edited',
    { dealId: '3', field: 'amount', value: 90 },
    {
      id: 'imported-1',
      occurredAt: '2024-05-01T09:00:00.000Z',
      stream: 'deal/3',
      correlationId: 'deal-3',
      schemaVersion: 1,
    },
  ),
]);
const { event } = await waymark.log.get('imported-1');
console.log('\n4. deal.edited, version 1, read back');
if (DealUpdated.is(event)) {
  console.log(`   ${event.type}, version ${event.context.schemaVersion}: ${JSON.stringify(event.payload.changes)}`);
}

console.log(`\nlog ${(await waymark.log.verify()).verdict}`);

async function show(correlationId: string): Promise<void> {
  await waymark.flush();
  for (const entry of await waymark.log.query({ correlationId })) {
    // The payload is typed by the class.
    const step = DealStageChanged.is(entry.event) ? ` [${entry.event.payload.from} to ${entry.event.payload.to}]` : '';
    console.log(`   ${entry.severity.padEnd(7)} ${entry.message}${step}`);
    if (entry.event.type === 'deal.profile_enriched') console.log(`           ${JSON.stringify(entry.event.payload)}`);
  }
}
