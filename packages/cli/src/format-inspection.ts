import type { LocatedWarning, SecretInspection } from '@rekey/config-loader/inspect'
import { describeDuration } from './describe-turn.ts'

const INDENT = '         '

/** One secret in a few lines for people. */
export function formatSecret(secret: SecretInspection): string {
  const { name, source, versions, problem, rule, shadowed } = secret
  const mark = problem === undefined ? 'ok' : 'PROBLEM'
  const stages = versions.map(formatVersion).join('  ')
  const lines = [`${mark.padEnd(9)}${name.padEnd(34)}${source}  ${stages}`.trimEnd()]
  if (problem !== undefined) {
    lines.push(`${INDENT}${problem.code}: ${problem.message}`, `${INDENT}rule: ${rule}`)
  }
  lines.push(`${INDENT}${formatStaleness(secret)}`)
  lines.push(...secret.rights.map((right) => `${INDENT}needs: ${indented(right)}`))
  if (shadowed.length > 0) lines.push(`${INDENT}shadows: ${shadowed.join(', ')}`)
  return lines.join('\n')
}

/** One warning in one line for people. */
export function formatWarning({ rule, name, source, message }: LocatedWarning): string {
  const where = name === undefined ? source : `${name} in ${source}`
  return `warning  ${rule}: ${where}: ${message}`
}

function formatVersion(version: SecretInspection['versions'][number]): string {
  const { stage, version: fingerprint, id, ageMs, expiresInMs } = version
  const age = ageMs === undefined ? 'age unknown' : `${describeDuration(ageMs)} old`
  const end = expiresInMs === undefined ? '' : `, ends in ${describeDuration(expiresInMs)}`
  return `${stage} ${id ?? fingerprint} (${age}${end})`
}

function formatStaleness({ staleness, watched }: SecretInspection): string {
  const { ttlMs, maxStaleMs, negativeTtlMs, need } = staleness
  const next = watched ? 'read again on change and ' : 'read again '
  return [
    `${next}within ${describeDuration(ttlMs)}`,
    `served for ${describeDuration(maxStaleMs)} without its source`,
    `a "no" is kept for ${describeDuration(negativeTtlMs)}`,
    need,
  ].join('; ')
}

function indented(text: string): string {
  return text.replaceAll('\n', `\n${INDENT}       `)
}
