/** @type {import('jest').Config} */
export default {
  // How long a test may hang before it counts as failed. On a machine that is busy with other things all take longer.
  testTimeout: 60_000,
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
    '^waymark/testing$': '<rootDir>/src/testing.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};
