import { fillSample } from '@rekey/log-redactor/internal/signs'

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
export interface PlantedLeak {
  /** The rule that must report it. */
  readonly rule: string
  /** From 1. */
  readonly line: number
  /** The line as it is written here, with placeholders for its secrets. */
  readonly shown: string
}

/** Code that breaks rules. */
export interface PlantedCode {
  readonly text: string
  readonly leaks: readonly PlantedLeak[]
}

/**
 * Makes code for `file` that breaks each of `rules` that its language can break, with secrets made for the run.
 *
 * @example
 * plantCode('services/signing/src/main.ts', ['@rekey/no-secret-in-logs']).leaks.length // 10
 */
export function plantCode(file: string, rules: readonly string[]): PlantedCode {
  const known = TYPESCRIPT.test(file) ? [...LEAKS, ...TYPED_LEAKS] : [...LEAKS]
  const lines = known
    .filter(([rule]) => rules.includes(rule))
    .flatMap(([rule, leaks]) => leaks.map((shown) => ({ rule, shown })))
  return {
    text: lines.map(({ shown }) => `;${fillSample(shown)}\n`).join(''),
    leaks: lines.map((leak, index) => ({ ...leak, line: index + 1 })),
  }
}
