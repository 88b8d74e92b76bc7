import { describeDuration, describeTurn } from './describe-turn.ts'
import type { OpenRotation, SecretStatus } from './secret-status.ts'

/** One secret in one line for people; an open rotation in a line of its own beneath it. */
export function formatStatus(status: SecretStatus, now: Date): string {
  const { secret, versions, acknowledged, open, turn, rotation } = status
  const stages = versions.map(({ stage, version, ageMs }) => {
    const age = ageMs === undefined ? 'age unknown' : `${describeDuration(ageMs)} old`
    return `${stage} ${version} (${age})`
  })
  const known = `known to ${acknowledged[0]}/${acknowledged[1]} replicas`
  const due = turn === undefined ? '' : `  ${describeTurn(turn, now)}`
  const line = `${secret.padEnd(34)}${stages.join('  ')}  ${known}${due}`
  if (open !== undefined) return `${line}\n  ${describeOpen(open, now)}`
  return rotation === undefined ? `${line}  never rotated` : line
}

const MODES: Readonly<Record<OpenRotation['mode'], string>> = {
  forward: 'a rotation is open',
  rollback: 'a rotation is being rolled back',
  emergency: 'a rotation without grace is open',
}

function describeOpen({ mode, since, request, holder }: OpenRotation, now: Date): string {
  const parts = [MODES[mode]]
  if (since !== undefined) {
    const age = describeDuration(now.getTime() - since.getTime())
    parts.push(`since ${since.toISOString()} (${age})`)
  }
  if (request !== undefined) parts.push(`asked for as ${request}`)
  parts.push(holder === undefined ? 'no rotator holds it: run it again' : `held by ${holder}`)
  return parts.join(', ')
}
