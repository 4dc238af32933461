// Plain JavaScript over the build in dist/, so that it starts fast. A program of its own that asks for an environment, for
// what one process can't show. environment-process.mjs STORAGE HOME PROGRAMS: finds npm in the folder PROGRAMS; prints
// `asking`, each line that npm writes, and what it got.
import { delimiter } from 'node:path';
import { createWaymark } from '../../dist/index.js';

const [storage = '', home = '', programs = ''] = process.argv.slice(2);
process.env['PATH'] = `${programs}${delimiter}${process.env['PATH']}`;
const waymark = await createWaymark({ storage, workspaces: { home } });
const facts = [];
waymark.bus.subscribe('environment.*', ({ type }) => void facts.push(type.replace('environment.', '')));
process.stdout.write('asking\n');
const onLine = (/** @type {string} */ line) => void process.stdout.write(`npm: ${line}\n`);
const { id, record } = await waymark.environments.ensure({ runtime: 'node', packages: { x: '*' } }, { onLine });
process.stdout.write(`${JSON.stringify({ id, installed: record.installed, facts })}\n`);
await waymark.close();
