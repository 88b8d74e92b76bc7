import { API_KEY_FORMAT } from '@rekey/api-key-auth'

/**
 * The rule by which gitleaks knows our own API keys, in TOML, made from the format that `@rekey/api-key-auth` issues and
 * parses. The keywords are what gitleaks looks for before it tries the expression.
 */
export function writeLeakRule(): string {
  const keywords = API_KEY_FORMAT.markers.map((marker) => marker.slice(marker.indexOf('_')))
  return `[[rules]]
id = "rekey-api-key"
description = "An API key between services of this family"
regex = '''\\b${API_KEY_FORMAT.pattern}\\b'''
keywords = [${keywords.map((keyword) => JSON.stringify(keyword)).join(', ')}]
`
}
