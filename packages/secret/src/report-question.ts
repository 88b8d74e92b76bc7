import type { SecretHealth } from './health-report.ts'

/** The header that names the one secret that a report is read for. Replicas of older releases ignore it and report all, at once. */
export const REPORT_QUESTION_HEADER = 'rekey-report-question'

/** A replica waits no longer than this, whatever it is asked. */
export const MAX_REPORT_WAIT_MS = 1_000

/**
 * How a replica can stand to a version: it has loaded it, in any stage; it has it as the current one; its consumers hold it as that,
 * and no other; or it has it no more.
 */
export type VersionState = 'loaded' | 'current' | 'in-use' | 'gone'

/** The state that a rotation waits for. */
export interface AwaitedState {
  readonly version: string
  readonly state: VersionState
}

/** A question about one secret. */
export interface ReportQuestion {
  /** The secret's name in the store. */
  readonly secret: string
  /** The replica answers as soon as it is there, or rejects the version. Default: at once. */
  readonly awaited?: AwaitedState | undefined
  /** How long it waits for that before it answers as it is; at most {@link MAX_REPORT_WAIT_MS}. Default 0. */
  readonly waitMs?: number | undefined
}

const REACHED: ReadonlyMap<string, (health: SecretHealth, version: string) => boolean> = new Map([
  ['loaded', isLoaded],
  ['current', isCurrent],
  ['in-use', isInUse],
  ['gone', (health, version) => !isLoaded(health, version)],
])

function isLoaded({ versions }: SecretHealth, version: string): boolean {
  return versions.some((known) => known.version === version)
}

function isCurrent({ versions }: SecretHealth, version: string): boolean {
  return versions.find(({ stage }) => stage === 'current')?.version === version
}

function isInUse(health: SecretHealth, version: string): boolean {
  const held = Object.values(health.usage.holding).flat()
  return isCurrent(health, version) && held.length > 0 && held.every((one) => one === version)
}

/** Whether a replica that reports this stands to the version as awaited. */
export function hasReached(health: SecretHealth, { state, version }: AwaitedState): boolean {
  return REACHED.get(state)?.(health, version) ?? false
}

/** Returns a question as the {@link REPORT_QUESTION_HEADER}. */
export function formatReportQuestion({ secret, awaited, waitMs }: ReportQuestion): string {
  if (awaited === undefined || waitMs === undefined)
    return new URLSearchParams({ secret }).toString()
  const { state, version } = awaited
  const wait = String(Math.round(waitMs))
  return new URLSearchParams({ secret, state, version, wait }).toString()
}

/** Returns the question of a {@link REPORT_QUESTION_HEADER}; nothing if it is none. */
export function parseReportQuestion(header: string | undefined): ReportQuestion | undefined {
  const fields: Partial<Record<string, string>> = Object.fromEntries(new URLSearchParams(header))
  const { secret, state = '', version = '', wait = '' } = fields
  if (secret === undefined) return undefined
  if (!isVersionState(state) || !/^\d{1,5}$/.test(wait)) return { secret }
  const waitMs = Math.min(Number(wait), MAX_REPORT_WAIT_MS)
  return { secret, awaited: { state, version }, waitMs }
}

function isVersionState(text: string): text is VersionState {
  return REACHED.has(text)
}
