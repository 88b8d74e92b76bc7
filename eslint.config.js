import { readFileSync } from 'node:fs'
import nx from '@nx/eslint-plugin'
import tseslint from 'typescript-eslint'

// What tsx keeps in the shared directory for temporary files, another user may have put there.
process.env.TSX_DISABLE_CACHE = '1'
const { tsImport } = await import('tsx/esm/api')
// Its paths lead to sources: lint needs no build.
const tsconfig = `${import.meta.dirname}/tsconfig.lint.json`
const load = (file) => tsImport(file, { parentURL: import.meta.url, tsconfig })
const { default: rekey } = await load('./packages/eslint-plugin/src/index.ts')
const { lintGrants } = await load('./packages/rekey/src/family/lint-grants.ts')
const { wordsRule } = await load('./test/workshop/words.ts')
const family = JSON.parse(readFileSync(new URL('family.json', import.meta.url), 'utf8'))
// Of the kinds that the family brings along; the gate compares them with `lintDefiners(family)`, which needs a build.
const definers = {
  fieldKey: 'field-key',
  signingKey: 'signing-key',
  signingSecret: 'signing-secret',
  webhookSecret: 'webhook-secret',
}

// All code as one program has each type once: in a third of the time and memory of a program for each of 80 projects, where all is
// linted. A few files are linted faster in the projects that they belong to.
const program =
  process.env.LINT === 'whole' ? { project: './tsconfig.lint.json' } : { projectService: true }

const layers = [
  ['base', ['base']],
  ['kind', ['base']],
  ['feature', ['base']],
  ['app', ['base', 'kind', 'feature']],
  ['service', ['base', 'kind', 'feature']],
  ['tool', ['base', 'kind', 'feature', 'service', 'app', 'tool', 'testbed']],
  ['testbed', ['base', 'feature', 'app', 'testbed']],
  ['lint', ['base', 'app']],
  ['test', ['base', 'kind', 'feature', 'service', 'app', 'tool', 'lint', 'testbed', 'test']],
]

/** Tests of a kind rotate it with the engine, whose package has all kinds: nx leaves that edge out of its graph (`implicitDependencies`). */
const KINDS = [
  'api-key-auth',
  'aws-iam',
  'db-pool-rotator',
  'integration-secret',
  'kafka',
  'mariadb',
  'mongodb',
  'oidc-client',
  'rabbitmq',
  'redis',
  'signing-keys',
  'smtp',
  'tls-identity',
]
const testsOfKinds = KINDS.flatMap((kind) => [
  [`@rekey/${kind}`, '@rekey/rekey'],
  [`@rekey/${kind}`, '@rekey/rotated-service'],
])
/** The commands of a CA are a plugin of `rekey`, whose package has its kind. */
const PLUGINS = ['rekey', 'tls-identity', 'db-pool-rotator'].map((name) => [
  '@rekey/ca-keystore',
  `@rekey/${name}`,
])

const boundaries = (alsoAllowed, alsoAllowedToKinds = []) => [
  'error',
  {
    ignoredCircularDependencies: alsoAllowedToKinds.length > 0 ? [...testsOfKinds, ...PLUGINS] : [],
    depConstraints: layers.map(([layer, allowed]) => ({
      sourceTag: `layer:${layer}`,
      onlyDependOnLibsWithTags: [
        ...allowed,
        ...alsoAllowed,
        ...(layer === 'kind' ? alsoAllowedToKinds : []),
      ].map((name) => `layer:${name}`),
    })),
  },
]

/** Layers inside a package are its folders: what a folder must not import, and why. */
const folders = [
  {
    files: ['packages/rekey/src/{engine,journal,fleet}/**/*.ts'],
    forbidden: `^[.].*/(family|console|controller|commands)/|^@rekey/(${KINDS.join('|')}|ca-keystore)`,
    message: 'The engine rotates any kind of any family, so it knows none.',
  },
  {
    files: ['packages/rekey/src/family/**/*.ts'],
    forbidden: '^[.].*/(console|controller|commands)/',
    message: 'A family is declared and checked without a command.',
  },
  {
    files: ['packages/rekey/src/console/**/*.ts'],
    forbidden: '^[.].*/(controller|commands)/',
    message: 'The console is shown by a command, and knows none.',
  },
  {
    files: ['packages/config-loader/src/store/**/*.ts'],
    forbidden: '^[.].*/(follow|host|inspect|last-good)/|^@rekey/(audit-log|log-redactor)',
    message: 'A store is opened by rotators too, which load no service.',
  },
  {
    files: [`packages/{${KINDS.join(',')}}/src/spec/**/*.ts`],
    forbidden: '^[.].*/(use|rotate|runbook)\\b',
    message: 'A spec loads a secret, however it is used and rotated.',
  },
  {
    files: [`packages/{${KINDS.join(',')}}/src/{connection,use}/**/*.ts`],
    forbidden: '^[.].*/(rotate|runbook)\\b',
    message: 'A service that uses a secret loads nothing that rotates it.',
  },
  {
    files: ['packages/ca-keystore/src/*.ts', 'packages/ca-keystore/src/!(commands)/**/*.ts'],
    forbidden: '^[.].*/commands/|^@rekey/rekey',
    message: 'The commands of a CA are a plugin of rekey, and what they call knows neither.',
  },
  {
    files: ['packages/eslint-plugin/src/{rules,engine}/**/*.ts', 'packages/eslint-plugin/src/*.ts'],
    forbidden: '^[.].*/gate/|^@rekey/(?!log-redactor/internal/signs)',
    message: 'The linter stands alone: the gate calls it.',
  },
]

const OPENER =
  'Open it with @rekey/db-pool-rotator: sslmode, certificates and timeouts are decided there.'

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
      'max-lines-per-function': sizeLimit(60),
    },
  },
  {
    files: ['packages/ca-keystore/src/commands/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaries([], ['kind', 'app']) },
  },
  {
    // The type of a node is the text that ESTree gives it. The compiler refuses a text that is no such type.
    files: ['packages/eslint-plugin/src/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-enum-comparison': 'off' },
  },
  {
    // `AbortSignal.any` loses a timeout to the garbage collector; `within` also names what is waited for.
    files: ['{packages,services}/*/src/**/*.ts', 'tools/stack/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
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
      '**/*.test.ts',
      'packages/eslint-plugin/**',
      'packages/rekey/src/console/page-files.ts',
      'services/frontend/src/page-files.ts',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          name: 'node:fs/promises',
          importNames: ['readFile'],
          message:
            'Use `readRegularFile` of @rekey/secret/internal/files: a pipe in place of a file blocks.',
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '{packages,services}/*/test/**/*.ts', 'test/**/*.ts'],
    rules: {
      // Tests of a kind rotate it with the engine, in a service that the loader has loaded, against the CA of another kind.
      '@nx/enforce-module-boundaries': boundaries(['testbed'], ['kind', 'feature', 'app']),
      'max-lines': sizeLimit(500),
      'max-lines-per-function': 'off',
    },
  },
  {
    // Tests and the testbed play foreign clients; the opener and the pool are what the others go through.
    files: ['packages/**/*.ts', 'services/**/*.ts', 'tools/**/*.ts'],
    ignores: [
      '**/*.test.ts',
      '**/test/**',
      'tools/testbed/**',
      'packages/db-pool-rotator/src/connection/**',
      'packages/db-pool-rotator/src/use/counting-pool.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', ...oneOpener] },
  },
  {
    files: [
      'packages/{api-key-auth,aws-iam,integration-secret,kafka,mariadb,mongodb,oidc-client,rabbitmq,redis,signing-keys,smtp,tls-identity}/src/**/*.ts',
      'packages/rekey/src/{engine,journal,fleet}/**/*.ts',
      'packages/db-pool-rotator/src/{roles,rotate}/**/*.ts',
      'packages/secret/src/kind/**/*.ts',
    ],
    ignores: ['**/*.test.ts'],
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
      // They are what its internals are for.
      '@rekey/no-internal-import': 'off',
    },
  },
  {
    // A page, and the tests that look at it, know a browser, which all other code does not.
    files: [
      '{packages/rekey,services/frontend}/page/**/*.{ts,tsx}',
      'packages/rekey/src/console/**/*page.test.ts',
      'packages/rekey/test/console/chromium.support.ts',
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
      '{packages/rekey,services/frontend}/page/**/*.{ts,tsx}',
    ],
    ignores: ['**/*.test.ts'],
    plugins: { repo: { rules: { words: wordsRule } } },
    rules: { 'repo/words': 'error' },
  },
  {
    // The sources of secrets read what the environment and its files hold: that is what they are for.
    files: ['packages/config-loader/src/store/dotenv-*.ts'],
    rules: { '@rekey/no-raw-env': 'off' },
  },
  ...folders.map(({ files, forbidden, message }) => ({
    files,
    ignores: ['**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ regex: forbidden, message }] },
      ],
    },
  })),
  {
    files: ['services/*/src/**/*.ts'],
    rules: {
      '@rekey/no-internal-import': 'error',
      '@rekey/require-startup-validation': [
        'error',
        { checkExported: true, loaders: ['loadService'] },
      ],
      '@rekey/service-access': ['error', { grants: lintGrants(family), definers }],
    },
  },
  {
    // The tests, and what only tests use.
    files: [
      '**/*.test.ts',
      '{packages,services}/*/test/**/*.ts',
      'packages/config-loader/src/store/contract*.ts',
      'test/**/*.ts',
      'tools/testbed/**/*.ts',
    ],
    rules: {
      ...rekey.configs.strict[1].rules,
    },
  },
  {
    // They log secrets, to see that none arrives.
    files: ['packages/log-redactor/**/*.test.ts', 'packages/log-redactor/test/**/*.ts'],
    rules: { '@rekey/no-secret-in-logs': 'off', '@rekey/no-secret-name-in-output': 'off' },
  },
  {
    // No code here has an enum (`erasableSyntaxOnly`), and to look for theirs in every assignment takes 1.4 GB where all is linted.
    files: ['**/*.{ts,tsx}'],
    rules: { '@typescript-eslint/no-unsafe-enum-assignment': 'off' },
  },
)
