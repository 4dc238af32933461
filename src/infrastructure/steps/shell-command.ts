import type { Command } from './run-command.js';

/** The shells that there are, and how each is told to stop at the first command that fails. */
const SHELLS = {
  sh: ['-e', '-c'],
  bash: ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c'],
} as const;

/** A shell that a script can be run with. */
export type ShellName = keyof typeof SHELLS;

/** The names of the shells that there are. */
export const SHELL_NAMES = ['sh', 'bash'] as const satisfies readonly ShellName[];

/** The program and the arguments that run a script. */
export function shellCommand(shell: ShellName, script: string): Pick<Command, 'program' | 'args'> {
  return { program: shell, args: [...SHELLS[shell], script] };
}
