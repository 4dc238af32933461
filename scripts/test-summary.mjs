// @ts-check
/** Prints one line from Jest's JSON results. Fails when a test failed, or when none was executed. */
import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {Record<'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numTodoTests' |
 *   'numRuntimeErrorTestSuites', number>} Results
 */

const file = process.argv[2] ?? 'reports/jest.json';
/** @type {Partial<Results>} */
const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};

const passed = results.numPassedTests ?? 0;
const failed = (results.numFailedTests ?? 0) + (results.numRuntimeErrorTestSuites ?? 0);
const skipped = (results.numPendingTests ?? 0) + (results.numTodoTests ?? 0);

console.log(`Tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
