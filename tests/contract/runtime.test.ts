import { makeProcessIdentity } from '../../src/infrastructure/runtime/process-identity.js';
import { systemClock } from '../../src/infrastructure/runtime/system-clock.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { UuidV7IdGenerator } from '../../src/infrastructure/runtime/uuid-v7-id-generator.js';
import { clockContract, idGeneratorContract, processIdentityContract, schedulerContract } from '../../src/testing.js';
import { FakeClock } from '../support/fake-clock.js';
import { ManualScheduler } from '../support/manual-scheduler.js';
import { Processes } from '../support/processes.js';
import { SequenceIds } from '../support/sequence-ids.js';

const harness = { describe, it };

describe("the machine's", () => {
  processIdentityContract(harness, () => makeProcessIdentity());
  clockContract(harness, () => systemClock);
  idGeneratorContract(harness, () => new UuidV7IdGenerator());
  schedulerContract(harness, () => timerScheduler);
});

// What the tests inject must not promise less.
describe("the tests'", () => {
  const processes = new Processes();
  let made = 0;
  processIdentityContract(harness, () => processes.identity(`host/${(made += 1)}`));
  clockContract(harness, () => new FakeClock());
  idGeneratorContract(harness, () => new SequenceIds());
  schedulerContract(harness, () => new ManualScheduler());
});
