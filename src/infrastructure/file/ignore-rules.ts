import ignore, { type Ignore } from 'ignore';

/** The file that says in a folder what is left out of it. */
export const IGNORE_FILE = '.gitignore';

/** What is never a part of a tree: it belongs to git. */
const GIT = '.git';

/** Where a checkout has files until they are whole, at the top of the folder. */
export const STAGING = '.waymark-tmp';

/** The rules of one file, and for which folder they are. */
interface RuleSet {
  readonly folder: string;
  readonly rules: Ignore;
}

/**
 * What is left out of a folder, as git has it: rules that are deeper win over those that are not so deep, the last of a
 * file over those before it. Lines that are given win over all files, as those of git's command line do. What is within
 * a folder that is left out can not be brought back.
 */
export class IgnoreRules {
  readonly #given: Ignore | undefined;
  /** The deepest first. */
  readonly #sets: readonly RuleSet[];
  /** Paths that are left out whatever the rules say. */
  readonly #never: ReadonlySet<string>;

  private constructor(given: Ignore | undefined, sets: readonly RuleSet[], never: ReadonlySet<string>) {
    this.#given = given;
    this.#sets = sets;
    this.#never = never;
  }

  /**
   * @param lines in the syntax of `.gitignore`
   * @param never paths that are left out whatever the lines say
   */
  static of(lines: readonly string[] = [], never: readonly string[] = []): IgnoreRules {
    return new IgnoreRules(lines.length === 0 ? undefined : read(lines), [], new Set([STAGING, ...never]));
  }

  /** With those of an ignore file. @param folder its path relative to the root, `''` for that */
  with(folder: string, text: string): IgnoreRules {
    return new IgnoreRules(this.#given, [{ folder, rules: read(text) }, ...this.#sets], this.#never);
  }

  /** Whether something is left out that is in a folder that is not. */
  ignores(path: string, name: string, isFolder: boolean): boolean {
    if (name === GIT || this.#never.has(path)) return true;
    if (this.#given === undefined && this.#sets.length === 0) return false;
    const given = judge(this.#given, path, isFolder);
    if (given !== undefined) return given;
    for (const { folder, rules } of this.#sets) {
      const verdict = judge(rules, folder === '' ? path : path.slice(folder.length + 1), isFolder);
      if (verdict !== undefined) return verdict;
    }
    return false;
  }
}

/** Chooses paths by lines in the syntax of `.gitignore`. */
export function pathMatcher(lines: readonly string[] | undefined): (path: string) => boolean {
  if (lines === undefined || lines.length === 0) return () => false;
  const rules = read(lines);
  return (path) => rules.ignores(path);
}

function judge(rules: Ignore | undefined, path: string, isFolder: boolean): boolean | undefined {
  const verdict = rules?.test(isFolder ? `${path}/` : path);
  if (verdict?.ignored === true) return true;
  return verdict?.unignored === true ? false : undefined;
}

function read(lines: string | readonly string[]): Ignore {
  // As git does where file systems tell upper from lower case, and where they do not.
  const ignorecase = process.platform === 'win32' || process.platform === 'darwin';
  return ignore({ ignorecase }).add(lines);
}
