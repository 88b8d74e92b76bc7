import type { RevokePreview } from '../console/family-view.ts'
import type { VersionHolders } from '../console/version-holders.ts'
import { printableLine } from '@rekey/secret'
import type { Stage } from '@rekey/secret/internal'
import type { SessionCount } from '@rekey/secret/internal/kind'

/** The consequence of a revocation of one version at this moment. No values. */
export interface Preview extends Pick<
  RevokePreview,
  'verdict' | 'refused' | 'retrying' | 'evidence'
> {
  /** As on the command line. */
  readonly secret: string
  readonly name: string
  readonly stage: Stage
  readonly version: string
  readonly id?: string
  readonly holders: readonly VersionHolders[]
  readonly sessions?: readonly SessionCount[]
  readonly uncounted?: { readonly code: string; readonly message: string }
}

/** More would scroll the first lines away; `--json` has all. */
const NAMED = 20

/** A preview for people, in a line and a few beneath it. */
export function describePreview(preview: Preview): string {
  const { secret, stage, version, id, holders, evidence } = preview
  const of = `${secret}  ${stage} ${version}${id === undefined ? '' : ` (${id})`}`
  const silent = holders.flatMap((each) =>
    each.silent.map(({ replica, reason }) => `${each.service} at ${replica} (${reason})`),
  )
  const lines = [
    `${of}: revoking it now would cut off ${consequenceOf(preview)}`,
    ...holders.flatMap(({ service, replicas, holding, lastUse }) => [
      `held by ${holding.length} of ${replicas} replicas of ${service}${listed(holding)}`,
      lastUse === undefined
        ? `no use reported by a replica of ${service} since its start`
        : `last used at ${lastUse.at}, as reported: ${lastUse.who}`,
    ]),
    ...(silent.length > 0 ? [`unknown, no report${listed(silent)}`] : []),
    ...sessionsIn(preview),
    `based on ${evidence}`,
  ]
  return lines.map(printableLine).join('\n  ')
}

function consequenceOf({ verdict, refused, retrying }: Preview): string {
  const again = retrying > 0 ? `; ${retrying} are refused once and answered on their retry` : ''
  if (verdict === 'breaks') {
    const names = refused.map(({ replica, by }) =>
      by === undefined ? replica : `${replica} (at ${by} receiver${by === 1 ? '' : 's'})`,
    )
    return `${names.length} replica${names.length === 1 ? '' : 's'}${listed(names)}${again}`
  }
  if (verdict === 'nothing') return `no replica${again}`
  return `none of the replicas that report; the others are unknown${again}`
}

function sessionsIn({ sessions, uncounted }: Preview): string[] {
  if (uncounted !== undefined) {
    return [`sessions at the far side are unknown: ${uncounted.message}`]
  }
  if (sessions === undefined) return []
  const count = sessions.reduce((sum, each) => sum + each.sessions, 0)
  const clients = sessions.map(({ client, sessions: open }) => `${client} ${open}`)
  return [`${count} sessions at the far side${listed(clients)}`]
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return ''
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more: see --json` : ''
  return `: ${names.slice(0, NAMED).join(', ')}${more}`
}
