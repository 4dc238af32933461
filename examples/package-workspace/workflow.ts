import { fileURLToPath } from 'node:url';
import { defineWorkflow, nodeScript, shell, type Workflow } from 'waymark';

/** What the steps leave behind. */
interface Build {
  readonly tests?: number;
  readonly built?: { readonly out: string; readonly modules: readonly string[] };
  readonly packed?: readonly { readonly filename: string; readonly files: readonly { readonly path: string }[] }[];
  readonly said?: string;
}

const PACKAGE = fileURLToPath(new URL('package', import.meta.url));

/** Tests, builds, packs and tries a package: each execution in a folder of its own, so that no two are in each other's way. */
export const buildPackage: Workflow = defineWorkflow<Build>({
  id: 'package-workspace',
  name: 'Build a package in a workspace',
  version: '1',
  workspace: { from: { folder: PACKAGE }, keep: 'always' },
  environment: { spec: { runtime: 'process', variables: { CHANNEL: 'stable' } } },
  nodes: {
    test: shell({
      run: 'node --test --test-reporter=tap > test.log || { cat test.log >&2; exit 1; }; grep -c "^ok" test.log',
      output: { tests: 'json' },
      timeoutMs: 120_000,
    }),
    build: nodeScript({
      file: 'build.mjs',
      args: ['dist'],
      output: { built: 'json' },
      memoryBytes: 512_000_000,
    }),
    pack: shell({ run: 'npm pack --json --silent', output: { packed: 'json' } }),
    try: shell({
      // As its users will: from the tarball, and nothing else.
      run: `
        mkdir try
        tar -xzf "$TARBALL" -C try
        cd try/package
        node --input-type=module -e 'import { plural } from "plural"; console.log(plural(2, "apple"));'
      `,
      env: ({ state }) => ({ TARBALL: state.packed?.[0]?.filename ?? '' }),
      output: { said: 'text' },
    }),
  },
  edges: { test: 'build', build: 'pack', pack: 'try' },
  source: import.meta.url,
});
