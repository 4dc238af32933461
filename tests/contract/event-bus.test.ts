import { eventBusContract } from '../../src/testing.js';
import { makeBus } from '../support/bus.js';

eventBusContract({ describe, it }, () => makeBus());
