import type { Template } from '../expression/template.js';

/** A script whose templates are variables of its environment. */
export interface ShellScript {
  readonly script: string;
  /** What each variable holds: an expression, or a secret. */
  readonly variables: readonly (
    { readonly name: string; readonly expression: string } | { readonly name: string; readonly secret: string }
  )[];
  readonly problems: readonly { readonly message: string; readonly offset: number }[];
}

type Mode = 'plain' | 'double' | 'single' | 'comment' | 'substitution' | 'backtick';

/**
 * Makes a script of a text with templates. A value never becomes a part of the script: it is put into a variable of the
 * environment, and the script has a quoted reference to that. So whatever it holds, it is one word for the shell, and no
 * command.
 *
 * Where the shell would not look a variable up (within single quotes, after a here-document has begun) a template is a
 * problem.
 */
export function shellScript({ parts, problems }: Template): ShellScript {
  const found = [...problems];
  const variables: ShellScript['variables'][number][] = [];
  const scanner = new QuoteScanner();
  let script = '';
  for (const part of parts) {
    if (part.kind === 'text') {
      scanner.read(part.text);
      script += part.text;
      continue;
    }
    const name = `WAYMARK_VALUE_${variables.length + 1}`;
    variables.push(part.kind === 'secret' ? { name, secret: part.name } : { name, expression: part.expression });
    const problem = scanner.problem();
    if (problem !== undefined) found.push({ message: problem, offset: part.offset });
    script += scanner.isQuoted() ? `\${${name}}` : `"\${${name}}"`;
    scanner.passWord();
  }
  return { script, variables, problems: found };
}

/** Follows the quotes of a script, as far as it takes to know how a word at its end is read. */
class QuoteScanner {
  readonly #modes: Mode[] = ['plain'];
  #hasDocument = false;
  #isWordStart = true;

  read(text: string): void {
    for (let at = 0; at < text.length; at += 1) at += this.#take(text.charAt(at), text, at);
  }

  /** A value stands here. */
  passWord(): void {
    this.#isWordStart = false;
  }

  isQuoted(): boolean {
    return this.#mode === 'double';
  }

  problem(): string | undefined {
    if (this.#mode === 'single') {
      return 'a template is within single quotes, where the shell replaces nothing; use double quotes, or env';
    }
    return this.#hasDocument ? 'a template comes after a here-document (<<); give its value by env' : undefined;
  }

  get #mode(): Mode {
    return this.#modes.at(-1) ?? 'plain';
  }

  /** Reads one character. Returns how many more were read with it. */
  #take(character: string, text: string, at: number): number {
    switch (this.#mode) {
      case 'single':
        if (character === "'") this.#modes.pop();
        return 0;
      case 'comment':
        if (character === '\n') this.#modes.pop();
        this.#isWordStart = true;
        return 0;
      case 'double':
        if (character === '"') this.#modes.pop();
        return this.#takeExpansion(character, text, at);
      default:
        return this.#takePlain(character, text, at);
    }
  }

  #takePlain(character: string, text: string, at: number): number {
    const isWordStart = this.#isWordStart;
    this.#isWordStart = /[\s;&|()]/.test(character);
    if (character === "'") this.#modes.push('single');
    else if (character === '"') this.#modes.push('double');
    else if (character === '#' && isWordStart) this.#modes.push('comment');
    else if (character === ')' && this.#mode === 'substitution') this.#modes.pop();
    else if (character === '(' && this.#mode === 'substitution') this.#modes.push('substitution');
    else if (text.startsWith('<<', at)) {
      if (text.startsWith('<<<', at)) return 2;
      this.#hasDocument = true;
    }
    return this.#takeExpansion(character, text, at);
  }

  #takeExpansion(character: string, text: string, at: number): number {
    if (character === '\\') return 1;
    if (character === '`') {
      if (this.#modes.includes('backtick')) while (this.#modes.pop() !== 'backtick');
      else this.#modes.push('backtick');
    } else if (text.startsWith('$(', at)) {
      this.#modes.push('substitution');
      this.#isWordStart = true;
      return 1;
    }
    return 0;
  }
}
