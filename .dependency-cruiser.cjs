// The layer check: arrows point inward only, interfaces → composition → infrastructure → application → domain.
// A type-only import is an arrow like any other: what a layer names, it knows.
// TypeScript 7 has no compiler API, so the sources are read with swc; `npm run layers` proves that no arrow was lost.

/** A closed list: whatever a layer imports and is not on it is forbidden. */
const mayImportOnly = (layer, allowed, comment) => ({
  name: `${layer}-imports-only`,
  comment,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { pathNot: [`^src/${layer}/`, ...allowed] },
});

const mayNotImport = (layer, outer, comment) => ({
  name: `${layer}-imports-inward`,
  comment,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: outer.map((name) => `^src/${name}/`) },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    mayImportOnly(
      'domain',
      ['^node_modules/zod/', '^crypto$'],
      'The domain is what is true. It has no I/O and no framework: only zod and node:crypto.',
    ),
    mayImportOnly(
      'application',
      ['^src/domain/', '^node_modules/rxjs/', '^async_hooks$'],
      'A use case needs the domain, the vocabulary of RxJS and node:async_hooks. Anything else is a port.',
    ),
    mayNotImport(
      'infrastructure',
      ['composition', 'interfaces'],
      'A mechanism is given what it needs by composition. It does not reach for it.',
    ),
    mayNotImport('composition', ['interfaces'], 'Composition does not know who calls it.'),
    {
      name: 'only-composition-names-infrastructure',
      comment: 'Nothing but composition/ (and the entry points, which re-export) names an implementation.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/(composition|infrastructure)/' },
      to: { path: '^src/infrastructure/' },
    },
    {
      name: 'no-layer-imports-an-entry-point',
      comment: 'src/*.ts is for users. Inside, import the module itself, or the layers can be walked around.',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: ['^src/[^/]+\\.ts$', '^dist/'] },
    },
    {
      name: 'src-stays-in-src',
      comment: 'Tests, benchmarks, examples and scripts use the sources, never the other way round.',
      severity: 'error',
      from: { path: '^src/' },
      to: { pathNot: '^(src|node_modules)/', dependencyTypesNot: ['core'], couldNotResolve: false },
    },
    {
      name: 'no-circular',
      comment: 'Two modules that need each other are one module, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-dev-dependencies',
      comment: 'The published package must run without devDependencies. An optional peer is both, and is allowed.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer', 'npm-optional'] },
    },
    {
      name: 'no-undeclared-dependencies',
      comment: 'A package that is not in package.json is there by accident.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer', 'npm-dev'] },
    },
    {
      name: 'not-to-unresolvable',
      comment: 'An import that resolves to nothing escapes every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: '^node_modules/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
