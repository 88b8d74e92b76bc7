import { API_KEY_FORMAT } from '@rekey/api-key-auth/internal'
import { issueApiKey } from '@rekey/api-key-auth'
import type { Family } from './schema.ts'
import { secretsOf } from './family-secrets.ts'

/** A rule by which gitleaks finds the values of one kind of secret. */
export interface LeakRule {
  readonly id: string
  /** The rule as it is written in `.gitleaks.toml`. */
  readonly toml: string
  /** Makes a fresh value that the rule must find. */
  readonly sample: () => string
}

/** The kinds whose values have a format of their own. */
const RULES = new Map<string, LeakRule>([
  [
    'api-key',
    {
      id: 'rekey-api-key',
      toml: apiKeyToml(),
      sample: () => issueApiKey({ environment: 'prod' }).text.expose(),
    },
  ],
])

/**
 * Derives the rules of gitleaks for the secrets of a family, from the formats in which they are issued and parsed.
 *
 * @param family without one, the rules of all kinds
 */
export function leakRules(family?: Family): LeakRule[] {
  const kinds = new Set(family && secretsOf(family).map(({ kind }) => kind))
  return [...RULES].flatMap(([kind, rule]) => (family && !kinds.has(kind) ? [] : [rule]))
}

/** The keywords are what gitleaks looks for before it tries the expression. */
function apiKeyToml(): string {
  const keywords = API_KEY_FORMAT.markers.map((marker) => marker.slice(marker.indexOf('_')))
  return `[[rules]]
id = "rekey-api-key"
description = "An API key between services of this family"
regex = '''\\b${API_KEY_FORMAT.pattern}\\b'''
keywords = [${keywords.map((keyword) => JSON.stringify(keyword)).join(', ')}]
`
}
