import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  // How long a test may hang before it counts as failed. On a machine that is busy with other things all take longer.
  testTimeout: 60_000,
  // Each worker has connections to the services, and many tests start processes of their own.
  maxWorkers: Math.min(4, availableParallelism()),
  // Native modules are loaded anew for each file, and stay.
  workerIdleMemoryLimit: '2GB',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['<rootDir>/tests/support/property.ts'],
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { decoratorVersion: '2022-03' },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^waymark$': '<rootDir>/src/index.ts',
    '^waymark/consumers$': '<rootDir>/src/consumers.ts',
    '^waymark/langgraph$': '<rootDir>/src/langgraph.ts',
    '^waymark/testing$': '<rootDir>/src/testing.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};
