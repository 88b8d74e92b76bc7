import type { TSESLint } from '@typescript-eslint/utils'

type Rules = TSESLint.FlatConfig.Rules

/** The name under which the configs put the plugin, and so the beginning of its rules' names. */
export const NAMESPACE = '@rekey'

const RECOMMENDED: Rules = {
  '@rekey/min-key-length': 'error',
  '@rekey/no-secret-in-logs': 'error',
  '@rekey/no-secret-name-in-output': 'warn',
  '@rekey/require-startup-validation': 'error',
}

const STRICT: Rules = {
  '@rekey/min-key-length': ['error', { minBytes: 32, minModulusBits: 3072 }],
  '@rekey/no-secret-in-logs': 'error',
  '@rekey/no-secret-name-in-output': 'error',
  '@rekey/require-startup-validation': ['error', { checkExported: true }],
}

/**
 * Tests start servers, make keys of all lengths, and print Secrets to see that they do not show themselves. What they
 * print of a value still counts.
 */
const IN_TESTS: TSESLint.FlatConfig.Config = {
  name: '@rekey/tests',
  files: ['**/*.{test,spec}.{js,mjs,cjs,ts,mts,cts}', '**/{test,tests,__tests__}/**'],
  rules: {
    '@rekey/min-key-length': 'off',
    '@rekey/no-secret-in-logs': ['error', { secretObjects: false }],
    '@rekey/require-startup-validation': 'off',
  },
}

/** The configs by name, each to be spread into an `eslint.config.js`. */
export type SharedConfigs = Readonly<
  Record<'recommended' | 'strict', TSESLint.FlatConfig.ConfigArray>
>

/**
 * The shared configs. `recommended`: what is certain is an error, what is only named like a secret a warning. `strict`:
 * everything is an error, RSA keys have 3,072 bits, and functions that listen but are started elsewhere are looked at.
 */
export function createConfigs(plugin: TSESLint.FlatConfig.Plugin): SharedConfigs {
  const config = (name: string, rules: Rules): TSESLint.FlatConfig.ConfigArray => [
    { name: `@rekey/${name}`, plugins: { [NAMESPACE]: plugin }, rules },
    IN_TESTS,
  ]
  return { recommended: config('recommended', RECOMMENDED), strict: config('strict', STRICT) }
}
