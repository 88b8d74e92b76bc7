import { leakRules } from '../../family/leak-rules.ts'
import { parse } from 'smol-toml'

/** Where gitleaks, and so the gate, finds its rules. */
export const LEAK_CONFIG = '.gitleaks.toml'

/** The rules of all kinds, so that the gate asks for none once the family declares a secret of another kind. */
const RULES = leakRules().map(({ id, toml }) => ({ id, toml }))

/** The token in the badge of each README that the generator of Nest makes. */
const BADGE = 'abc123def456'
const PLACEHOLDERS = `placeholders of documentation, such as ${BADGE} and YOUR_API_KEY, and flags`

/** Values that stand for others. */
const EXCEPTION = `[[allowlists]]
description = "${PLACEHOLDERS}"
targetRules = ["generic-api-key", "curl-auth-header", "curl-auth-user"]
regexes = [
  '''^${BADGE}$''',
  '''^[A-Z]+(?:_[A-Z]+)+=(?:true|false)$''',
  '''(?i)^(?:insert|your|my|enter|replace)[_-](?:[a-z]{2,20}[_-]){0,3}(?:key|token|secret|password)$''',
]
`

const inReadme = (value: string) => {
  return {
    rule: 'generic-api-key',
    file: 'README.md',
    text: `https://ci.test/a.svg?token=${value}`,
  }
}

/** Rows of `exceptions` in `gate.json`, by which the gate tries the exception of {@link leakConfigText}. */
export const LEAK_EXCEPTIONS = {
  [PLACEHOLDERS]: { allowed: inReadme(BADGE), neighbours: [inReadme('{wordless:40}')] },
}

/** A configuration with all rules of gitleaks, and those of the formats in which Rekey issues values. */
export function leakConfigText(): string {
  return ['[extend]\nuseDefault = true\n', EXCEPTION, ...RULES.map(({ toml }) => toml)].join('\n')
}

/**
 * Adds the rules that a configuration lacks to its end. Not where it does not extend other rules, since all of gitleaks's own would be new in it,
 * where it has another rule of the same id, or where the result would be no TOML.
 */
export function extendLeakConfig(before: string): string | undefined {
  const config = parseToml(before)
  if (config?.extend === undefined) return undefined
  const lacking = RULES.filter(({ toml }) => !before.includes(toml))
  if (lacking.length === 0) return before
  const ids = new Set(config.rules?.map(({ id }) => id))
  if (lacking.some(({ id }) => ids.has(id))) return undefined
  const after = [`${before.trimEnd()}\n`, ...lacking.map(({ toml }) => toml)].join('\n')
  return parseToml(after) && after
}

interface Config {
  readonly extend?: object
  readonly rules?: readonly { readonly id?: string }[]
}

function parseToml(text: string): Config | undefined {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}
