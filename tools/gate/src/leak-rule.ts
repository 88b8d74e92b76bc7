import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { API_KEY_FORMAT } from '@rekey/api-key-auth'
import type { Finding } from './finding.ts'

/** Where gitleaks finds its rules. */
export const LEAK_CONFIG = '.gitleaks.toml'

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

/** Whether the configuration of `root` still knows the keys that are issued today. */
export async function checkLeakRule(root: string): Promise<Finding[]> {
  const config = await readFile(join(root, LEAK_CONFIG), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  })
  const rule = writeLeakRule()
  if (config.includes(rule)) return []
  return [
    {
      check: 'leaks',
      rule: 'leak-rule-drift',
      where: LEAK_CONFIG,
      why: 'its rule for our API keys is not the one that follows from their format',
      fix: `put this there in place of the old one:\n${rule}`,
    },
  ]
}
