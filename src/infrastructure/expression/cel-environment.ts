import { Environment } from '@marcbachmann/cel-js';

/** The names that an expression may use. */
export const SCOPE_NAMES = ['state', 'input', 'iteration', 'item', 'index', 'occurrence'] as const;

/** The syntax that is taken: far more than people write, and little enough to be read and checked at once. */
const LIMITS = { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 16 };

type NumberPair = readonly [left: 'int' | 'double', right: 'int' | 'double'];

const MIXED: readonly NumberPair[] = [
  ['int', 'double'],
  ['double', 'int'],
];

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

/**
 * CEL as it is applied to JSON. Every number of JSON is a double, and CEL's `1` is an int that it would not add to one:
 * the two may be mixed here, and give a double. Two ints stay what CEL has them be: `7 / 2` is 3.
 */
export function makeEnvironment(): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: LIMITS,
  });
  for (const name of SCOPE_NAMES) environment.registerVariable(name, 'dyn');
  for (const [operator, apply] of Object.entries(ARITHMETIC)) {
    const handler = (left: number | bigint, right: number | bigint): number => apply(Number(left), Number(right));
    for (const [left, right] of MIXED) environment.registerOperator(`${left} ${operator} ${right}: double`, handler);
  }
  environment.registerOperator('double % double: double', (left: number, right: number) => left % right);
  environment.registerOperator(
    'int == double: bool',
    (left: number | bigint, right: number | bigint) => Number(left) === Number(right),
  );
  return environment;
}
