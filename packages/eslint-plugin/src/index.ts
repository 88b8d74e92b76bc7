import type { TSESLint } from '@typescript-eslint/utils'
import { createConfigs, NAMESPACE, type SharedConfigs } from './configs.ts'
import type { RuleDocs } from './create-rule.ts'
import { minKeyLength } from './rules/min-key-length.ts'
import { noSecretInLogs } from './rules/no-secret-in-logs.ts'
import { noSecretNameInOutput } from './rules/no-secret-name-in-output.ts'
import { requireStartupValidation } from './rules/require-startup-validation.ts'

const base = {
  meta: { name: '@rekey/eslint-plugin', version: '0.0.0', namespace: NAMESPACE },
  rules: {
    'min-key-length': minKeyLength,
    'no-secret-in-logs': noSecretInLogs,
    'no-secret-name-in-output': noSecretNameInOutput,
    'require-startup-validation': requireStartupValidation,
  },
} satisfies TSESLint.FlatConfig.Plugin

type Rule = TSESLint.RuleModule<string, readonly unknown[], RuleDocs>

/** The plugin: its rules, and its flat configs `recommended` and `strict`. For ESLint 9 and 10. */
const plugin: TSESLint.FlatConfig.Plugin & {
  readonly rules: Readonly<Record<string, Rule>>
  readonly configs: SharedConfigs
} = { ...base, configs: createConfigs(base) }

export default plugin
