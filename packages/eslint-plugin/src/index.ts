import type { TSESLint } from '@typescript-eslint/utils'
import { createConfigs, NAMESPACE, type SharedConfigs } from './configs.ts'
import type { RuleDocs } from './create-rule.ts'
import { manifest } from './manifest.ts'
import { minKeyLength } from './rules/min-key-length.ts'
import { noExposeOutsideBoundary } from './rules/no-expose-outside-boundary.ts'
import { noHardcodedSecret } from './rules/no-hardcoded-secret.ts'
import { noInsecureRandom } from './rules/no-insecure-random.ts'
import { noInternalImport } from './rules/no-internal-import.ts'
import { noRawEnv } from './rules/no-raw-env.ts'
import { noSecretFallback } from './rules/no-secret-fallback.ts'
import {
  noSecretInArgv,
  noSecretInErrors,
  noSecretInLogs,
  noSecretInResponse,
  noSecretInStorage,
  noSecretInTelemetry,
  noSecretInUrl,
} from './rules/output-rules.ts'
import { noSecretNameInOutput } from './rules/no-secret-name-in-output.ts'
import { noSecretWidening } from './rules/no-secret-widening.ts'
import { noTimingUnsafeCompare, noTimingUnsafeNameCompare } from './rules/compare-rules.ts'
import { noWeakSetting } from './rules/no-weak-setting.ts'
import { requireStartupValidation } from './rules/require-startup-validation.ts'
import { serviceAccess } from './rules/service-access.ts'

const { name, version } = manifest

const base = {
  meta: { name, version, namespace: NAMESPACE },
  rules: {
    'min-key-length': minKeyLength,
    'no-expose-outside-boundary': noExposeOutsideBoundary,
    'no-hardcoded-secret': noHardcodedSecret,
    'no-insecure-random': noInsecureRandom,
    'no-internal-import': noInternalImport,
    'no-raw-env': noRawEnv,
    'no-secret-fallback': noSecretFallback,
    'no-secret-in-argv': noSecretInArgv,
    'no-secret-in-errors': noSecretInErrors,
    'no-secret-in-logs': noSecretInLogs,
    'no-secret-in-response': noSecretInResponse,
    'no-secret-in-storage': noSecretInStorage,
    'no-secret-in-telemetry': noSecretInTelemetry,
    'no-secret-in-url': noSecretInUrl,
    'no-secret-name-in-output': noSecretNameInOutput,
    'no-secret-widening': noSecretWidening,
    'no-timing-unsafe-compare': noTimingUnsafeCompare,
    'no-timing-unsafe-name-compare': noTimingUnsafeNameCompare,
    'no-weak-setting': noWeakSetting,
    'require-startup-validation': requireStartupValidation,
    'service-access': serviceAccess,
  },
} satisfies TSESLint.FlatConfig.Plugin

type Rule = TSESLint.RuleModule<string, readonly unknown[], RuleDocs>

/** The plugin: its rules, and its flat configs. For ESLint 9 and 10. */
const plugin: TSESLint.FlatConfig.Plugin & {
  readonly rules: Readonly<Record<string, Rule>>
  readonly configs: SharedConfigs
} = { ...base, configs: createConfigs(base) }

export default plugin
