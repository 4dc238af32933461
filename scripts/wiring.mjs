// @ts-check
/**
 * `npm run wiring`: runs the scenario of the wiring suite and prints which event types of the engine and of the adapters
 * real code emits, which wait for a capability that is not built yet, and which are missing. Fails when a type is neither, or both.
 */
import { createJiti } from 'jiti';

const support = new URL('../tests/support/', import.meta.url);
const jiti = createJiti(import.meta.url);
/** @type {typeof import('../tests/support/scenario.js')} */
const { scenario } = await jiti.import(new URL('scenario.ts', support).href);
/** @type {typeof import('../tests/support/wiring.js')} */
const { ADAPTER_TYPES, ENGINE_TYPES, wiringOf } = await jiti.import(new URL('wiring.ts', support).href);
/** @type {typeof import('../tests/support/awaiting.js')} */
const { AWAITING } = await jiti.import(new URL('awaiting.ts', support).href);

const seen = await scenario();
const { emitted, awaiting, missing, both, foreign } = wiringOf(seen.emitted.map((event) => event.type));

console.log(
  `${ENGINE_TYPES.length} engine types and ${ADAPTER_TYPES.length} of adapters: ${emitted.length} emitted, ${awaiting.length} awaiting, ${missing.length} missing`,
);
print('emitted', emitted);
print('awaiting', awaiting, (type) => `waits for ${AWAITING[type]}`);
print('missing', missing, () => 'nothing emits it, and tests/support/awaiting.ts does not list it');
print('both', both, () => 'is emitted: take it out of tests/support/awaiting.ts');
print('foreign', foreign, () => 'is no such type: take it out of tests/support/awaiting.ts');
process.exit(missing.length + both.length + foreign.length === 0 ? 0 : 1);

/**
 * @param {string} heading
 * @param {readonly string[]} types
 * @param {(type: string) => string} [why]
 */
function print(heading, types, why) {
  if (types.length === 0) return;
  /** @type {Map<string, string[]>} */
  const families = new Map();
  for (const type of types) {
    const family = type.slice(0, type.indexOf('.'));
    families.set(family, [...(families.get(family) ?? []), type]);
  }
  console.log(`\n${heading}: ${types.length}`);
  for (const [family, members] of families) {
    console.log(`  ${family}: ${members.length}`);
    for (const type of members) console.log(why === undefined ? `    ${type}` : `    ${type}  ${why(type)}`);
  }
}
