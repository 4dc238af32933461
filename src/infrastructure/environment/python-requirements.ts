/** Begins what says itself how it is to be compared, or where it is. */
const SAYS_HOW = /^(?:[=<>!~]|@\s)/;
/** Stands for any version. */
const ANY = ['*', 'latest'];

/**
 * Packages as lines of a requirements file: a version alone is that very version, a range is as pip takes it.
 *
 * @example
 * requirements({ requests: '2.32.0', numpy: '>=2,<3' }); // 'numpy>=2,<3\nrequests==2.32.0\n'
 */
export function requirements(packages: Readonly<Record<string, string>> = {}): string {
  return Object.entries(packages)
    .map(([name, version]) => {
      if (ANY.includes(version)) return name;
      if (version.startsWith('@')) return `${name} ${version}`;
      return SAYS_HOW.test(version) ? `${name}${version}` : `${name}==${version}`;
    })
    .toSorted()
    .map((line) => `${line}\n`)
    .join('');
}

/**
 * What a text of pinned requirements, as `pip freeze` writes it, has installed: `name@version`, in ascending order. What is
 * from a place of its own has that in the place of a version.
 */
export function pinned(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) =>
      line
        .replace(/(?:^|\s)#.*$/, '')
        .replace(/\s--hash=.*$/, '')
        .replace(/\\$/, '')
        .trim(),
    )
    .filter((line) => line !== '' && !line.startsWith('-'))
    .map((line) => {
      const [, name, version] = /^([^\s=@;]+)\s*(?:===?|@)\s*([^\s;]+)/.exec(line) ?? [];
      return name === undefined ? line : `${name.toLowerCase()}@${version}`;
    })
    .toSorted();
}
