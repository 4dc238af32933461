import { readFileSync } from 'node:fs';

/** What the package says about itself. */
export interface PackageFacts {
  readonly version: string;
  readonly engines: { readonly node: string };
}

/** The facts of the package that this is. */
export function packageFacts(): PackageFacts {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as PackageFacts;
}
