// @ts-check
/**
 * `npm run fixtures:events`: adds what is missing to the corpus of stored events (`tests/fixtures/events`, a file a
 * family, a record a line) and to the shapes of their payloads (`tests/fixtures/payload-shapes.json`), for every type
 * and version that dist/ declares.
 *
 * It only adds. What is there stands for what is in people's stores: it stays as it is, for ever. A payload that has
 * another shape than the one that is written down needs a new version, and nothing is written until it has one.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { payloadShape, shapeKey } from './payload-shape.mjs';

const root = new URL('../', import.meta.url);
const fixtures = new URL(process.argv[2] ?? 'tests/fixtures/', root);
const shapesFile = new URL('payload-shapes.json', fixtures);

/** @type {typeof import('../src/index.js')} */
const { WAYMARK_EVENTS } = await import(new URL('dist/index.js', root).href);
/** @type {typeof import('../src/domain/events/example-event.js')} */
const { examplePayload } = await import(new URL('dist/domain/events/example-event.js', root).href);

/** @type {readonly import('../src/index.js').AnyEventClass[]} */
const classes = WAYMARK_EVENTS;
/** @type {Record<string, import('./payload-shape.mjs').PayloadShape>} */
const shapes = existsSync(shapesFile) ? JSON.parse(readFileSync(shapesFile, 'utf8')) : {};

const declared = classes.map((declaredClass) => ({
  declaredClass,
  key: shapeKey(declaredClass.definition),
  shape: payloadShape(declaredClass.definition.schema),
}));

const changed = declared.filter(({ key, shape }) => shapes[key] !== undefined && shapes[key].hash !== shape.hash);
if (changed.length > 0) {
  for (const { key, shape } of changed) {
    console.error(`The payload of ${key} is not what it was.`);
    console.error(`  was: ${shapes[key]?.fields}\n  is:  ${shape.fields}`);
  }
  console.error('What is stored has the old shape: raise the version and add an upcaster. Nothing was written.');
  process.exit(1);
}

const newShapes = declared.filter(({ key }) => shapes[key] === undefined);
for (const { key, shape } of newShapes) shapes[key] = shape;
if (newShapes.length > 0) writeFileSync(shapesFile, `${JSON.stringify(shapes, undefined, 2)}\n`);

let records = 0;
for (const { declaredClass, key } of declared) {
  const file = corpusFile(declaredClass.type);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  if (lines.some((line) => keyOf(line) === key)) continue;
  mkdirSync(new URL('.', file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(recordOf(declaredClass))}\n`);
  records += 1;
}
console.log(
  `${declared.length} types: ${newShapes.length} shape(s) and ${records} record(s) added to ${fileURLToPath(fixtures)}`,
);

/** @param {string} type */
function corpusFile(type) {
  return new URL(`events/${type.slice(0, type.lastIndexOf('.'))}.jsonl`, fixtures);
}

/** @param {string} line */
function keyOf(line) {
  const { type, schemaVersion: version } = JSON.parse(line);
  return shapeKey({ type, version });
}

/** @param {import('../src/index.js').AnyEventClass} declaredClass */
function recordOf(declaredClass) {
  const digest = createHash('sha256').update(shapeKey(declaredClass.definition)).digest('hex');
  return new declaredClass(examplePayload(declaredClass.definition), {
    id: `0197f3a0-0000-7000-8000-${digest.slice(0, 12)}`,
    occurredAt: '2026-01-01T12:00:00.000Z',
    correlationId: 'correlation-1',
    causationId: '0197f3a0-0000-7000-8000-000000000000',
    actor: 'user:ada',
    source: 'waymark-fixtures',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  });
}
