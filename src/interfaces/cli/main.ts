#!/usr/bin/env node
import { Console } from 'node:console';
import { processIo } from './cli-io.js';
import { reportError, runCli } from './program.js';

const args = process.argv.slice(2);

// Stdout is for data: what a workflow logs must not get between them.
globalThis.console = new Console(process.stderr);
// A workflow may throw where nobody can catch it, in a timer. What was recorded until then stays, and can be resumed.
process.on('uncaughtException', (error) => process.exit(reportError(error, args, processIo)));

const code = await runCli(args, processIo);
// What a workflow left open (a timer, a socket) must not keep the program alive. What was written must get out first.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => void stream.write('', done))));
process.exit(code);
