import { basename, join } from 'node:path'
import { ESLint, type Linter } from 'eslint'
import { fillSample } from '@rekey/log-redactor/internal/signs'

const ERROR = 2

/** Rules that let the entry of a process do what they are about. */
const ENTRY_RULES: readonly string[] = ['@rekey/no-raw-env']
const ENTRY = /^main\.[cm]?[jt]sx?$/

/** Files that one configuration applies to. */
export interface ConfiguredFiles {
  /** Nothing if ESLint ignores the files. */
  readonly config: Linter.Config | undefined
  readonly files: readonly string[]
}

/** Lints planted code in place of real code. */
export interface PlantingLinter {
  /** Groups `files` of the work tree by their configuration. */
  readonly group: (files: readonly string[]) => Promise<readonly ConfiguredFiles[]>
  /** The leaks that are reported in none of `files`, which have one configuration, by an error of their rule. */
  readonly findMissed: (
    files: readonly string[],
    rules: readonly string[],
  ) => Promise<readonly PlantedLeak[]>
}

/**
 * Opens ESLint with the configuration of `root`, for code that stands in place of the text of a real file: its processors, overrides,
 * plugins, settings and options apply. Only `rules` run, without types, which they do not need for what is planted: a program of
 * types takes seconds.
 */
export function openPlantingLinter(root: string, rules: readonly string[]): PlantingLinter {
  const eslint = new ESLint({
    cwd: root,
    allowInlineConfig: false,
    ruleFilter: ({ ruleId }) => rules.includes(ruleId),
    overrideConfig: {
      languageOptions: { parserOptions: { project: null, projectService: false, programs: null } },
    },
  })
  return {
    async group(files) {
      const groups = new Map<unknown, string[]>()
      for (const file of files) {
        // ESLint gives files that the same parts of a configuration match the same object.
        const config: unknown = await eslint.calculateConfigForFile(join(root, file))
        const group = groups.get(config)
        if (group === undefined) groups.set(config, [file])
        else group.push(file)
      }
      return [...groups].map(([config, grouped]) => ({
        config: config as Linter.Config | undefined,
        files: grouped,
      }))
    },
    async findMissed(files, wanted) {
      const places = files.filter((file) => !ENTRY.test(basename(file)))
      const isEntry = places.length === 0
      const planted = isEntry ? wanted.filter((rule) => !ENTRY_RULES.includes(rule)) : wanted
      let missed: readonly PlantedLeak[] | undefined
      for (const file of placesIn(isEntry ? files : places)) {
        const { text, leaks } = plantCode(file, planted)
        const results = await eslint.lintText(text, { filePath: join(root, file) })
        const errors = results
          .flatMap(({ messages }) => messages)
          .filter(({ severity }) => severity === ERROR)
        const unseen = leaks.filter(
          ({ rule, line }) => !errors.some((error) => error.ruleId === rule && error.line === line),
        )
        const before = missed ?? unseen
        missed = before.filter(({ shown }) => unseen.some((leak) => leak.shown === shown))
        if (missed.length === 0) break
      }
      return missed ?? []
    },
  }
}

/** Two files that have little to do with each other, since an option may except one; and one of them again: a secret that is drawn by lot may look like none. */
function placesIn([first = '', ...others]: readonly string[]): readonly string[] {
  return [first, others.at(-1) ?? first, first]
}

/** The value of a Secret, and what changes nothing about it: a `sanitizers` that names one of these lets every leak through. */
const SHAPES: readonly string[] = [
  'vault.expose()',
  'String(vault.expose())',
  '`${vault.expose()}`',
  'JSON.stringify({ a: vault.expose() })',
  'vault.expose().toString()',
  'vault.expose().trim()',
  'vault.expose().slice(0)',
  "''.concat(vault.expose())",
  'encodeURIComponent(vault.expose())',
  "Buffer.from(vault.expose()).toString('base64')",
]

/** Each shape of a secret where `sink` has its `$`. */
const shapesIn = (sink: string): readonly string[] =>
  SHAPES.map((shape) => `void ((vault, res, span) => { ${sink.replace('$', () => shape)} })`)

/** Each name where `code` has its `$`. */
const namesIn = (code: string, names: readonly string[]): readonly string[] =>
  names.map((name) => `void (() => { ${code.replaceAll('$', () => name)} })`)

const NAMES = ['apiKey', 'password', 'clientSecret', 'jwtSecret', 'accessToken'] as const
const ENV_NAMES = ['API_KEY', 'DB_PASSWORD', 'CLIENT_SECRET', 'JWT_SECRET'] as const

/** The leaks of each rule, one a line, in syntax that ESM, CommonJS and TypeScript share. */
const LEAKS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    '@rekey/min-key-length',
    [
      "void require('node:crypto').generateKeyPairSync('rsa', { modulusLength: 1024 })",
      "void require('node:crypto').createHmac('sha256', '{hex:8}')",
    ],
  ],
  ['@rekey/no-expose-outside-boundary', ['globalThis.held = vault.expose()']],
  ['@rekey/no-hardcoded-secret', namesIn("const $ = '{alnum:40}'; return $", NAMES)],
  ['@rekey/no-insecure-random', ['const resetToken = Math.random().toString(36).slice(2)']],
  ['@rekey/no-internal-import', ["void import('@rekey/secret/internal')"]],
  ['@rekey/no-raw-env', ENV_NAMES.map((name) => `void process.env.${name}`)],
  [
    '@rekey/no-secret-fallback',
    ENV_NAMES.map((name) => `void (process.env.${name} || '{alnum:24}')`),
  ],
  ['@rekey/no-secret-in-argv', shapesIn("require('node:child_process').execFile('login', [$])")],
  ['@rekey/no-secret-in-errors', shapesIn('throw new Error($)')],
  ['@rekey/no-secret-in-logs', shapesIn('console.log($)')],
  ['@rekey/no-secret-in-response', shapesIn('res.end($)')],
  ['@rekey/no-secret-in-storage', shapesIn("localStorage.setItem('user', $)")],
  ['@rekey/no-secret-in-telemetry', shapesIn("span.setAttribute('user', $)")],
  ['@rekey/no-secret-in-url', shapesIn("fetch('/users?user=' + $)")],
  ['@rekey/no-timing-unsafe-compare', ['void ((vault, given) => vault.expose() === given)']],
  [
    '@rekey/no-weak-setting',
    [
      "require('node:tls').connect({ port: 443, rejectUnauthorized: false })",
      "void ((token) => require('jsonwebtoken').verify(token, '', { algorithms: ['none'] }))",
      "void ((res, token) => res.cookie('token', token, { httpOnly: false, secure: false }))",
    ],
  ],
  // It speaks of services that use the loader, which the package.json of theirs may not name.
  [
    '@rekey/require-startup-validation',
    ["require('@rekey/config-loader'); require('node:http').createServer().listen(0)"],
  ],
  [
    '@rekey/service-access',
    ["const { apiKeyTo } = require('@rekey/api-key-auth'); void apiKeyTo('{alnum:12}')"],
  ],
])

/** Leaks that only TypeScript can write. */
const TYPED_LEAKS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    '@rekey/no-secret-widening',
    ["import type { Secret } from '@rekey/secret'; void ((vault: Secret) => vault as unknown)"],
  ],
])

const TYPESCRIPT = /\.[cm]?tsx?$/

/** A line of planted code. */
interface PlantedLeak {
  /** The rule that must report it. */
  readonly rule: string
  /** From 1. */
  readonly line: number
  /** The line as it is written here, with placeholders for its secrets. */
  readonly shown: string
}

/** Code that breaks rules. */
interface PlantedCode {
  readonly text: string
  readonly leaks: readonly PlantedLeak[]
}

/**
 * Makes code for `file` that breaks each of `rules` that its language can break, with secrets made for the run.
 *
 * @example
 * plantCode('services/signing/src/main.ts', ['@rekey/no-secret-in-logs']).leaks.length // 10
 */
function plantCode(file: string, rules: readonly string[]): PlantedCode {
  const known = TYPESCRIPT.test(file) ? [...LEAKS, ...TYPED_LEAKS] : [...LEAKS]
  const lines = known
    .filter(([rule]) => rules.includes(rule))
    .flatMap(([rule, leaks]) => leaks.map((shown) => ({ rule, shown })))
  return {
    text: lines.map(({ shown }) => `;${fillSample(shown)}\n`).join(''),
    leaks: lines.map((leak, index) => ({ ...leak, line: index + 1 })),
  }
}
