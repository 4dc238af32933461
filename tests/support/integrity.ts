import { EventRecorder } from '../../src/application/audit/event-recorder.js';
import { LogIntegrity } from '../../src/application/audit/integrity/log-integrity.js';
import { withKey } from '../../src/application/audit/integrity/integrity-services.js';
import { LogWriter } from '../../src/application/audit/log-writer.js';
import {
  type AuditLogRepository,
  EventCatalog,
  EventFactory,
  InMemoryUnitOfWork,
  type SealAnchor,
  type SealRepository,
  type SigningKey,
  TrustedKeys,
  type UnitOfWork,
  WAYMARK_EVENTS,
} from '../../src/index.js';
import { makeBus } from './bus.js';
import { DealCreated } from './deals.js';
import { FakeClock } from './fake-clock.js';
import { type Hands, MemoryHands } from './hands.js';
import { keyOf, ORIGIN } from './sealed-log.js';
import { SequenceIds } from './sequence-ids.js';

/** A log that can be written, sealed, proved and verified, and that somebody can lay hands on. */
export interface Workbench {
  readonly hands: Hands;
  readonly log: AuditLogRepository;
  readonly seals: SealRepository;
  readonly integrity: LogIntegrity;
  readonly clock: FakeClock;
  readonly key: SigningKey;
  readonly trusted: TrustedKeys;
  /** Appends so many deals: `d-N` at position N, where nothing else was recorded. */
  write(count: number): Promise<void>;
  /** The same log with another key, other anchors, or none of them. */
  with(options: WorkbenchOptions): LogIntegrity;
  /** The types of the entries from a position on. */
  types(from: number): Promise<readonly string[]>;
}

/** What a workbench seals with. */
export interface WorkbenchOptions {
  readonly signer?: SigningKey | undefined;
  readonly trusted?: TrustedKeys;
  readonly anchors?: readonly SealAnchor[];
}

/** Where a workbench keeps its log. */
export interface Bench {
  readonly hands: Hands;
  readonly unitOfWork: UnitOfWork;
  readonly log: AuditLogRepository;
  readonly seals: SealRepository;
}

/** A bench in memory. */
export function memoryBench(): Bench {
  const hands = new MemoryHands();
  return { hands, unitOfWork: new InMemoryUnitOfWork(), log: hands.log, seals: hands.seals };
}

/** A workbench: on a clock that the test sets, with a key that is the same in every run. */
export function makeWorkbench({ hands, unitOfWork, log, seals }: Bench = memoryBench()): Workbench {
  const clock = new FakeClock();
  const ids = new SequenceIds('event');
  const factory = new EventFactory(clock, ids);
  const writer = new LogWriter(unitOfWork, log, new EventCatalog(WAYMARK_EVENTS), clock);
  const recorder = new EventRecorder(writer, makeBus());
  const key = keyOf(ORIGIN);
  const trusted = new TrustedKeys([key.verifier]);
  const make = ({ signer, trusted: pinned = new TrustedKeys([]), anchors = [] }: WorkbenchOptions): LogIntegrity =>
    new LogIntegrity({
      retention: { seams: () => Promise.resolve([]), removedStreams: () => Promise.resolve([]) },
      log,
      seals,
      recorder,
      factory,
      trusted: signer === undefined ? pinned : withKey(pinned, signer),
      anchors,
      openAnchor: () => {
        throw new Error('no anchor was to be opened');
      },
      ...(signer === undefined ? {} : { signer }),
    });
  return {
    hands,
    log,
    seals,
    clock,
    key,
    trusted,
    integrity: make({ signer: key }),
    with: make,
    async write(count) {
      const { size } = await log.head();
      const events = Array.from({ length: count }, (_, index) =>
        factory.make(DealCreated, { dealId: `d-${size + index}` }, { correlationId: 'c-1', actor: 'user:ada' }),
      );
      await writer.append(events);
    },
    async types(from) {
      return (await log.readRange(from, 10_000)).map(({ columns }) => columns.type);
    },
  };
}
