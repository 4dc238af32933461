import ignore, { type Ignore } from 'ignore';

/** The file that says in a folder what is left out of it. */
export const IGNORE_FILE = '.gitignore';

/** What is never a part of a tree: it belongs to git. */
const GIT = '.git';

/** Where a checkout has files until they are whole, at the top of the folder. */
export const STAGING = '.waymark-tmp';

/**
 * What rules say of a path: it is left out in any case; or by an ignore file, which does not count for what is tracked; or
 * it is not.
 */
export type Verdict = 'excluded' | 'ignored' | 'included';

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
  /** Whether a path is left out whatever the rules say. */
  readonly #isOwn: (path: string) => boolean;
  /** Whether the folder that they are for is left out. */
  readonly #isWithin: boolean;

  private constructor(
    given: Ignore | undefined,
    sets: readonly RuleSet[],
    isOwn: (path: string) => boolean,
    isWithin = false,
  ) {
    this.#given = given;
    this.#sets = sets;
    this.#isOwn = isOwn;
    this.#isWithin = isWithin;
  }

  /**
   * @param lines in the syntax of `.gitignore`
   * @param isOwn whether a path is left out whatever the lines say
   */
  static of(lines: readonly string[] = [], isOwn: (path: string) => boolean = () => false): IgnoreRules {
    return new IgnoreRules(lines.length === 0 ? undefined : read(lines), [], isOwn);
  }

  /** With those of an ignore file. @param folder its path relative to the root, `''` for that */
  with(folder: string, text: string): IgnoreRules {
    // What is in a folder that is left out can't be brought back: its file is not asked.
    if (this.#isWithin) return this;
    return new IgnoreRules(this.#given, [{ folder, rules: read(text) }, ...this.#sets], this.#isOwn);
  }

  /** Those for what is in a folder that is left out itself. */
  within(): IgnoreRules {
    return this.#isWithin ? this : new IgnoreRules(this.#given, this.#sets, this.#isOwn, true);
  }

  /** Whether a path is Waymark's own, and not one of the folder's files. */
  isOwn(path: string): boolean {
    return path === STAGING || this.#isOwn(path);
  }

  /** Whether something is left out, and if so for whom. */
  judge(path: string, name: string, isFolder: boolean): Verdict {
    if (name === GIT || this.isOwn(path)) return 'excluded';
    if (this.#given === undefined && this.#sets.length === 0 && !this.#isWithin) return 'included';
    const given = judge(this.#given, path, isFolder);
    if (given === true) return 'excluded';
    if (this.#isWithin) return 'ignored';
    if (given === false) return 'included';
    for (const { folder, rules } of this.#sets) {
      const verdict = judge(rules, folder === '' ? path : path.slice(folder.length + 1), isFolder);
      if (verdict !== undefined) return verdict ? 'ignored' : 'included';
    }
    return 'included';
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
