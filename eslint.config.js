import { readFileSync } from 'node:fs'
import nx from '@nx/eslint-plugin'
import tseslint from 'typescript-eslint'

// What tsx keeps in the shared directory for temporary files, another user may have put there.
process.env.TSX_DISABLE_CACHE = '1'
const { tsImport } = await import('tsx/esm/api')
const load = (file) => tsImport(file, import.meta.url)
const { default: rekey } = await load('./packages/eslint-plugin/src/index.ts')
const { lintGrants } = await load('./packages/family/src/lint-grants.ts')
const { wordsRule } = await load('./test/workshop/words.ts')
const family = JSON.parse(readFileSync(new URL('family.json', import.meta.url), 'utf8'))

// All code as one program has each type once: in a third of the time and memory of a program for each of 80 projects, where all is
// linted. A few files are linted faster in the projects that they belong to.
const program =
  process.env.LINT === 'whole' ? { project: './tsconfig.lint.json' } : { projectService: true }

const layers = [
  ['base', ['base']],
  ['kind', ['base']],
  ['feature', ['base']],
  ['process', ['base', 'kind', 'feature', 'process']],
  ['service', ['base', 'kind', 'feature']],
  ['app', ['base', 'kind', 'feature', 'process']],
  ['tool', ['base', 'kind', 'feature', 'process', 'service', 'app', 'tool', 'testbed']],
  ['testbed', []],
  ['lint', []],
  [
    'test',
    ['base', 'kind', 'feature', 'process', 'service', 'app', 'tool', 'lint', 'testbed', 'test'],
  ],
]

const boundaries = (alsoAllowed, alsoAllowedToKinds = []) => [
  'error',
  {
    depConstraints: [
      ...layers.map(([layer, allowed]) => ({
        sourceTag: `layer:${layer}`,
        onlyDependOnLibsWithTags: [
          ...allowed,
          ...alsoAllowed,
          ...(layer === 'kind' ? alsoAllowedToKinds : []),
        ].map((name) => `layer:${name}`),
      })),
      // The engine rotates any kind, so it knows none.
      { sourceTag: 'part:engine', notDependOnLibsWithTags: ['layer:kind'] },
    ],
  },
]

const OPENER =
  'Open it with @rekey/db-pool-rotator/connection: sslmode, certificates and timeouts are decided there.'

/** A duration by the wall clock ends early or never where that is set. */
const monotonic = {
  selector:
    'BinaryExpression[operator=/^[-+]$/] > CallExpression[callee.property.name="now"][callee.object.name!="performance"]',
  message: 'Measure it by clock.elapsed(). What another process has to know of it is a Moment.',
}

/** Every PostgreSQL connection comes from one opener. */
const oneOpener = [
  'NewExpression[callee.object.name="pg"][callee.property.name=/^(Pool|Client|native)$/]',
  'ClassDeclaration[superClass.object.name="pg"][superClass.property.name=/^(Pool|Client)$/]',
  'ImportDeclaration[source.value=/^pg(-native|-pool)?$/][importKind!="type"] > ImportSpecifier[importKind!="type"][imported.name=/^(Pool|Client|native)$/]',
].map((selector) => ({ selector, message: OPENER }))

const sizeLimit = (max) => ['error', { max, skipBlankLines: true, skipComments: true }]

export default tseslint.config(
  { ignores: ['**/dist/**', '**/out-tsc/**', '**/node_modules/**', '**/corpus/**', '.nx/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { ...program, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': boundaries([]),
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: [{ from: 'package', name: 'allowInsecureRequests', package: 'openid-client' }] },
      ],
      'max-lines': sizeLimit(300),
      'max-lines-per-function': sizeLimit(40),
    },
  },
  {
    // `AbortSignal.any` loses a timeout to the garbage collector; `within` also names what is waited for.
    files: ['{packages,services}/*/src/**/*.ts', 'tools/stack/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.test.support.ts', '**/*.test.child.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'AbortSignal',
          property: 'timeout',
          message: 'Use `within` or `startDeadline` of @rekey/secret.',
        },
      ],
    },
  },
  {
    // The linter and the gate read a work tree that git has checked out; the pages are of the package itself.
    files: ['{packages,services}/*/src/**/*.ts'],
    ignores: [
      ...['**/*.test.ts', '**/*.test.support.ts', '**/*.test.child.ts'],
      ...[
        'packages/{eslint-plugin,gate}/**',
        '{packages/console,services/frontend}/src/page-files.ts',
      ],
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          name: 'node:fs/promises',
          importNames: ['readFile'],
          message:
            'Use `readRegularFile` of @rekey/secret/files: a pipe in place of a file blocks.',
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/*.test.support.ts', 'test/**/*.ts'],
    rules: {
      // Tests of a kind rotate it with the engine, in a service that the loader has loaded, against the CA of another kind.
      '@nx/enforce-module-boundaries': boundaries(['testbed'], ['kind', 'feature', 'process']),
      'max-lines': sizeLimit(500),
      'max-lines-per-function': 'off',
    },
  },
  {
    // Tests and the testbed play foreign clients; the opener and the pool are what the others go through.
    files: ['packages/**/*.ts', 'services/**/*.ts', 'tools/**/*.ts'],
    ignores: [
      '**/*.test.ts',
      '**/*.test.support.ts',
      '**/*.test.child.ts',
      'tools/testbed/**',
      'packages/db-pool-rotator/src/connection/**',
      'packages/db-pool-rotator/src/counting-pool.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', ...oneOpener] },
  },
  {
    files: [
      'packages/{rotation,api-key-auth,integration-secret,oidc-client,tls-identity}/src/**/*.ts',
      'packages/db-pool-rotator/src/{roles,rotation}/**/*.ts',
      'packages/secret/src/kind/**/*.ts',
    ],
    ignores: ['**/*.test.ts', '**/*.test.support.ts'],
    rules: { 'no-restricted-syntax': ['error', ...oneOpener, monotonic] },
  },
  { files: ['packages/eslint-plugin/src/rules/*.ts'], rules: { 'max-lines': sizeLimit(350) } },
  {
    files: ['**/*.ts'],
    plugins: { '@rekey': rekey },
    rules: {
      ...rekey.configs.strict[0].rules,
      // The packages and tools listen where the services that they serve tell them to.
      '@rekey/require-startup-validation': 'off',
    },
  },
  {
    // A page, and the tests that look at it, know a browser, which all other code does not.
    files: [
      '{packages/console,services/frontend}/page/**/*.{ts,tsx}',
      'packages/console/src/**/{*page.test,chromium.test.support}.ts',
    ],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: null, projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
    },
  },
  {
    // Docstrings and messages keep to the terms of the field.
    files: [
      '{packages,services,tools}/*/src/**/*.ts',
      '{packages/console,services/frontend}/page/**/*.{ts,tsx}',
    ],
    ignores: ['**/*.test.ts', '**/*.test.*.ts'],
    plugins: { repo: { rules: { words: wordsRule } } },
    rules: { 'repo/words': 'error' },
  },
  {
    // The sources of secrets read what the environment and its files hold: that is what they are for.
    files: ['packages/secret-stores/src/dotenv-*.ts'],
    rules: { '@rekey/no-raw-env': 'off' },
  },
  {
    files: ['services/*/src/**/*.ts'],
    rules: {
      '@rekey/require-startup-validation': [
        'error',
        { checkExported: true, loaders: ['loadService'] },
      ],
      '@rekey/service-access': ['error', { grants: lintGrants(family) }],
    },
  },
  {
    // The tests, and what only tests use.
    files: [
      '**/*.test.ts',
      '**/*.test.support.ts',
      '**/*.test.child.ts',
      'packages/secret-stores/src/contract*.ts',
      'test/**/*.ts',
      'tools/testbed/**/*.ts',
    ],
    rules: {
      ...rekey.configs.strict[1].rules,
    },
  },
  {
    // They log secrets, to see that none arrives.
    files: ['packages/log-redactor/**/*.test.ts'],
    rules: { '@rekey/no-secret-in-logs': 'off', '@rekey/no-secret-name-in-output': 'off' },
  },
)
