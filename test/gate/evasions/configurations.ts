/** A way to configure the linter so that it finds nothing in one service. */
export interface ConfigEvasion {
  /** The part of the configuration, with `FILES` for the globs of the service. */
  readonly config: string
  /** Files of the service beside its `main.js`, relative to `src`. */
  readonly files?: Readonly<Record<string, string>>
  /** What `main.js` has. */
  readonly main?: string
}

const rule = (name: string, entry: string) =>
  `{ files: FILES, rules: { '@rekey/${name}': ${entry} } }`

/** By name: each applies to a service of its own. */
export const CONFIG_EVASIONS: ReadonlyMap<string, ConfigEvasion> = new Map([
  ['rule off', { config: rule('no-secret-in-logs', "'off'") }],
  ['rule as a warning', { config: rule('no-secret-in-logs', "'warn'") }],
  [
    'sanitizer String',
    { config: rule('no-secret-in-logs', "['error', { sanitizers: ['String'] }]") },
  ],
  [
    'sanitizer of responses',
    {
      config: rule(
        'no-secret-in-response',
        "['error', { sanitizers: ['toString', 'trim', 'stringify'] }]",
      ),
    },
  ],
  [
    'all variables allowed',
    { config: rule('no-raw-env', "['error', { allow: ['*'] }]"), files: { 'a.js': '' } },
  ],
  [
    'all files may read variables',
    { config: rule('no-raw-env', "['error', { allowFiles: ['**'] }]"), files: { 'a.js': '' } },
  ],
  [
    'no listeners',
    {
      config: rule(
        'require-startup-validation',
        "['error', { loaders: ['loadService'], listeners: [] }]",
      ),
    },
  ],
  [
    'names ignored',
    { config: rule('no-hardcoded-secret', "['error', { ignoreNames: ['apiKey'] }]") },
  ],
  [
    'keys of a byte',
    { config: rule('min-key-length', "['error', { minBytes: 1, minModulusBits: 512 }]") },
  ],
  [
    'services elsewhere',
    { config: rule('service-access', "['error', { grants: {}, services: 'apps/{service}' }]") },
  ],
  ['no grants', { config: rule('service-access', "['error', {}]") }],
  [
    'ignored file',
    {
      config: "{ ignores: ['services/*/src/hidden.js'] }",
      files: { 'hidden.js': 'export const a = 1' },
    },
  ],
  [
    'processor',
    {
      config:
        "{ files: FILES, processor: { meta: { name: 'p', version: '1' }, preprocess: () => [''], postprocess: () => [] } }",
    },
  ],
  [
    'processor that drops messages',
    {
      config:
        "{ files: FILES, processor: { meta: { name: 'q', version: '1' }, preprocess: (text) => [text], postprocess: () => [] } }",
    },
  ],
  [
    'parser that reads nothing',
    {
      config:
        "{ files: FILES, languageOptions: { parser: { meta: { name: 'n', version: '1' }, parseForESLint: (text, options) => espree.parse('', options) && { ast: espree.parse('', { ...options, range: true, loc: true, tokens: true, comment: true }) } } } }",
    },
  ],
  [
    'test that main imports',
    {
      config: '{}',
      main: "export * from './key.test.js'",
      files: { 'key.test.js': 'export const a = 1' },
    },
  ],
  [
    'folder of tests that main imports',
    {
      config: '{}',
      main: "import '../fixtures/key.js'",
      files: { '../fixtures/key.js': 'export const a = 1' },
    },
  ],
  [
    'test that a worker runs',
    {
      config: '{}',
      main: "new Worker(new URL('./key.spec.js', import.meta.url))",
      files: { 'key.spec.js': 'export const a = 1' },
    },
  ],
])
