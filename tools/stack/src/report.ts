import { anchorAudit, type AuditAnchor } from './anchor-audit.ts'
import { type CertificateCounts, countCertificates } from './count-certificates.ts'
import type { ChaosResult } from './chaos/run-chaos.ts'
import { drawTimeline } from './latencies.ts'
import type { LoadResult } from './load.ts'
import { type Paint, plain } from './paint.ts'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import type { Stack } from './open-stack.ts'
import type { NoticeCounts } from './third-party.ts'
import { DATABASE_SERVICES } from './reference-family.ts'
import { countReplicas, type LoginsByService, readLogins, settledLogins } from './watch-logins.ts'

/** The results of a run. */
export interface Report extends CertificateCounts {
  /** The store of the secrets. */
  readonly store: string
  readonly load: LoadResult
  /** Finished rotations by secret. */
  readonly rotations: Readonly<Record<string, number>>
  /** Login roles left in the database, by owner role: one each, the current one; one for each replica where they are lent. */
  readonly logins: LoginsByService
  /** The login roles that the store made and ended by itself, if it does. */
  readonly lentLogins?: LoginsByService | undefined
  readonly durationMs: number
  /** How many replicas came and went meanwhile, if any were to. */
  readonly visits?: number | undefined
  /** The faults that were made meanwhile, if any were to. */
  readonly chaos?: ChaosResult | undefined
  /** The notices of frontend at a third party, with a credential that is rotated. */
  readonly notices: NoticeCounts
  /** The audit log of the family, with a checkpoint beside the certificates. */
  readonly audit: AuditAnchor
  /** In words, everything that is not as it should be. Empty: nothing was lost. */
  readonly losses: readonly string[]
}

/** Counts what is left after a run. */
export async function makeReport(
  stack: Stack,
  rotator: Rotator,
  seen: Pick<Report, 'load' | 'rotations' | 'durationMs' | 'lentLogins' | 'visits' | 'chaos'>,
): Promise<Report> {
  const store = stack.storage.title
  const logins = await (stack.lending ? settledLogins(rotator) : readLogins(rotator))
  const counted = {
    store,
    ...seen,
    notices: stack.notices(),
    logins,
    ...(await countCertificates(stack)),
    audit: await anchorAudit(stack),
  }
  return { ...counted, losses: findLosses(counted, rotator) }
}

function findLosses(report: Omit<Report, 'losses'>, rotator: Pick<Rotator, 'family'>): string[] {
  const { load, profilesStored, certificatesMissing, notices, logins, lentLogins } = report
  const { audit, chaos } = report
  const believed = chaos?.faults.filter(({ isBelieved }) => isBelieved === true).length ?? 0
  const roles = Object.values(logins).flat()
  const expected = DATABASE_SERVICES.map((name) => (lentLogins ? countReplicas(rotator, name) : 1))
  const isRight = DATABASE_SERVICES.every((name, n) => logins[name]?.length === expected[n])
  const checks: [boolean, string][] = [
    [load.failures === 0, `${load.failures} requests failed`],
    [load.profiles > 0, 'no profile was issued'],
    [profilesStored >= load.profiles, `${load.profiles - profilesStored} profiles were not stored`],
    [certificatesMissing === 0, `${certificatesMissing} certificates are not on record`],
    [notices.refused === 0, `${notices.refused} notices were refused`],
    [notices.taken >= load.profiles, `${load.profiles - notices.taken} notices were not accepted`],
    [isRight, `login roles left: ${roles.join(', ')}`],
    [audit.problem === undefined, `the audit log: ${audit.problem}`],
    [believed === 0, `${believed} lies of a replica were believed`],
  ]
  return checks.filter(([holds]) => !holds).map(([, words]) => words)
}

/** The report as text for a terminal. */
export function formatReport(report: Report, paint: Paint = plain): string {
  const { load, rotations, logins } = report
  const { p50Ms, p95Ms, mostMs, timelineMs } = load.latency
  const total = Object.values(rotations).reduce((sum, count) => sum + count, 0)
  const rows: [string, string][] = [
    ['store', report.store],
    ['duration', `${(report.durationMs / 1_000).toFixed(1)} s`],
    ['requests', `${load.requests} (${load.profiles} profiles, ${load.logins} logins)`],
    ['failures', String(load.failures)],
    ['rotations', String(total)],
    ...Object.entries(rotations).map(([secret, count]): [string, string] => [
      `  ${secret}`,
      String(count),
    ]),
    ...(report.visits === undefined ? [] : [describeVisits(report.visits, load)]),
    ...describeChaos(report),
    ['answered within', `${p50Ms} ms (50 %), ${p95Ms} ms (95 %), ${mostMs} ms (all)`],
    ['  over the run', drawTimeline(timelineMs)],
    ...Object.entries(report.lentLogins ?? {}).map(([service, names]): [string, string] => [
      `logins made for ${service}`,
      String(names.length),
    ]),
    ['login roles left', Object.values(logins).flat().join(', ')],
    ['profiles stored', String(report.profilesStored)],
    ['notices accepted', `${report.notices.taken}, refused ${report.notices.refused}`],
    [
      'certificates on record',
      `${report.certificatesRecorded}, missing ${report.certificatesMissing}`,
    ],
    ['audit log entries', describeAudit(report)],
  ]
  const reasons = Object.entries(load.failuresByReason).map(([why, n]) => `  ${n} × ${why}`)
  const verdict = formatVerdict(report, paint)
  return [...rows.map(([name, value]) => `${name.padEnd(40)}${value}`), ...reasons, verdict].join(
    '\n',
  )
}

function describeAudit({ audit: { entries, confirmed } }: Report): string {
  return `${entries}, ${confirmed} confirmed by certtransparency`
}

function describeVisits(visits: number, { frontends }: LoadResult): [string, string] {
  return ['replicas that came and went', `${visits}; users called ${frontends} of frontend`]
}

function describeChaos({ chaos, load }: Report): [string, string][] {
  if (chaos === undefined) return []
  const { seed, faults } = chaos
  return [
    ['faults', `${faults.length} (repeat this order: --chaos=${seed})`],
    ['requests lost', String(load.failures)],
    ['  in flight in a killed process', String(load.inHand)],
  ]
}

function formatVerdict({ load: { inHand }, losses }: Report, paint: Paint): string {
  if (losses.length > 0) return paint('red', `LOST: ${losses.join('; ')}`)
  if (inHand === 0) return paint('green', 'No request was lost.')
  const words = `No request was lost. ${inHand} were in flight in a process that was killed.`
  return paint('green', words)
}
