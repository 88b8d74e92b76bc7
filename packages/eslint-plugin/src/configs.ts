import type { TSESLint } from '@typescript-eslint/utils'

type Rules = TSESLint.FlatConfig.Rules

/** The name under which the configs put the plugin, and so the beginning of its rules' names. */
export const NAMESPACE = '@rekey'

const RECOMMENDED: Rules = {
  '@rekey/min-key-length': 'error',
  '@rekey/no-expose-outside-boundary': ['error', { allowReturn: true }],
  '@rekey/no-hardcoded-secret': 'error',
  '@rekey/no-insecure-random': 'error',
  '@rekey/no-secret-fallback': ['warn', { allowEmpty: true }],
  '@rekey/no-secret-in-argv': 'error',
  '@rekey/no-secret-in-errors': 'error',
  '@rekey/no-secret-in-logs': 'error',
  '@rekey/no-secret-in-response': 'error',
  '@rekey/no-secret-in-storage': 'error',
  '@rekey/no-secret-in-telemetry': 'error',
  '@rekey/no-secret-in-url': 'error',
  '@rekey/no-secret-widening': 'error',
  '@rekey/no-timing-unsafe-compare': 'error',
  '@rekey/no-weak-setting': 'error',
}

/** Of use where services declare their secrets, and load them by the loader, which reads the environment. */
const REKEY: Rules = {
  ...RECOMMENDED,
  '@rekey/no-internal-import': 'error',
  '@rekey/no-raw-env': 'error',
  '@rekey/no-secret-fallback': 'error',
  '@rekey/no-secret-name-in-output': 'warn',
  '@rekey/no-timing-unsafe-name-compare': 'warn',
  '@rekey/require-startup-validation': 'error',
  '@rekey/service-access': 'error',
}

const STRICT: Rules = {
  ...REKEY,
  '@rekey/min-key-length': [
    'error',
    { minBytes: 32, minModulusBits: 3072, minCurveBits: 256, requireMinimum: true, byName: true },
  ],
  '@rekey/no-expose-outside-boundary': 'error',
  '@rekey/no-secret-name-in-output': 'error',
  '@rekey/no-timing-unsafe-name-compare': 'error',
  '@rekey/require-startup-validation': ['error', { checkExported: true }],
}

/** Files that no user of the program runs. */
export const TEST_FILES: readonly string[] = [
  '**/*.{test,spec,tst}.{js,mjs,cjs,jsx,ts,mts,cts,tsx}',
  '**/{test,tests,spec}.{js,mjs,cjs,jsx,ts,mts,cts,tsx}',
  '**/{vitest,jest,playwright,cypress,karma}.config.{js,mjs,cjs,ts,mts,cts}',
  '**/{test,tests,__tests__,e2e,bench,examples,fixtures,__fixtures__,__mocks__}/**',
  // Deeper, it has specifications: those of an OpenAPI.
  '{spec,packages/*/spec,apps/*/spec,services/*/spec}/**',
]

/**
 * Tests start servers, make keys of all lengths, and print Secrets to see that they do not show themselves. What they
 * print of a value still counts; what they compare, assert, answer and start programs with is made for the run.
 */
const inTests = (named: 'off' | 'warn' | 'error'): TSESLint.FlatConfig.Config => ({
  name: '@rekey/tests',
  files: [...TEST_FILES],
  rules: {
    '@rekey/min-key-length': 'off',
    '@rekey/no-hardcoded-secret': 'off',
    '@rekey/no-insecure-random': 'off',
    '@rekey/no-expose-outside-boundary': 'off',
    '@rekey/no-internal-import': 'off',
    '@rekey/no-raw-env': 'off',
    '@rekey/no-secret-fallback': 'off',
    '@rekey/no-secret-in-argv': 'off',
    '@rekey/no-secret-in-errors': 'off',
    '@rekey/no-secret-in-logs': ['error', { secretObjects: false }],
    '@rekey/no-secret-in-response': 'off',
    '@rekey/no-secret-in-storage': 'off',
    '@rekey/no-secret-in-telemetry': ['error', { secretObjects: false }],
    '@rekey/no-secret-in-url': 'off',
    '@rekey/no-secret-name-in-output': [named, { assertions: false }],
    '@rekey/no-secret-widening': 'off',
    '@rekey/no-timing-unsafe-compare': 'off',
    '@rekey/no-timing-unsafe-name-compare': 'off',
    '@rekey/no-weak-setting': 'off',
    '@rekey/require-startup-validation': 'off',
    '@rekey/service-access': 'off',
  },
})

/** The names of the rules that are errors in the config `preset`, outside of tests. */
export function errorsOf(preset: 'recommended' | 'rekey'): readonly string[] {
  const rules = preset === 'rekey' ? REKEY : RECOMMENDED
  return Object.entries(rules).flatMap(([rule, entry]) =>
    (Array.isArray(entry) ? entry[0] : entry) === 'error' ? [rule] : [],
  )
}

/** The configs by name, each to be spread into an `eslint.config.js`. */
export type SharedConfigs = Readonly<
  Record<'recommended' | 'rekey' | 'strict', TSESLint.FlatConfig.ConfigArray>
>

/**
 * The shared configs. `recommended`, for any code: what is certain. `rekey`: also what is only named like a secret, as a warning, and that
 * services load their secrets by the loader, as the family grants them. `strict`: all of that as errors, RSA keys have 3,072 bits and curves 256, declared secrets ask for a length, and functions that
 * listen but are started elsewhere are examined.
 */
export function createConfigs(plugin: TSESLint.FlatConfig.Plugin): SharedConfigs {
  const plugins = { [NAMESPACE]: plugin }
  return {
    recommended: [{ name: '@rekey/recommended', plugins, rules: RECOMMENDED }, inTests('off')],
    rekey: [{ name: '@rekey/rekey', plugins, rules: REKEY }, inTests('warn')],
    strict: [{ name: '@rekey/strict', plugins, rules: STRICT }, inTests('error')],
  }
}
