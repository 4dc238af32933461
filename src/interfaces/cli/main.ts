#!/usr/bin/env node
import { endedEarly } from './errors.js';
import { takeProcess } from './process-io.js';
import { reportError, runCli } from './program.js';

const args = process.argv.slice(2);
const io = takeProcess((why, last) => reportError(endedEarly(why, last.openWork()), args, last));

// A workflow may throw where nobody can catch it, in a timer. What was recorded until then stays, and can be resumed.
process.on('uncaughtException', (error) => io.exit(reportError(error, args, io)));

const code = await runCli(args, io);
// What a workflow left open (a timer, a socket) must not keep the program alive. What was written must get out first.
await io.flush();
io.exit(code);
