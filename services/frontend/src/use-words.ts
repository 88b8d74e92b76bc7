import { formatDate } from './format-date.ts'
import { html, type Html } from './html.ts'
import type { Coverage } from './last-uses.ts'
import type { OwnProfile } from './own-profiles.ts'

/** A source of uses, as a page shows it. */
export interface UseView {
  /** Undefined while a VPN server has recorded nothing yet. */
  readonly coverage: Coverage | undefined
  readonly now: Date
}

const NOT_KNOWN = 'not known'

/** Describes when a profile was last used, and claims nothing of a time that the source does not cover. */
export function describeUse(
  { createdAt, lastUsedAt }: Pick<OwnProfile, 'createdAt' | 'lastUsedAt'>,
  { coverage, now }: UseView,
): string {
  if (lastUsedAt !== null) {
    const exact = formatDate(lastUsedAt)
    const isLast = coverage?.isFresh === true && coverage.since <= lastUsedAt
    return isLast ? `${formatAgo(lastUsedAt, now)}, ${exact}` : `${exact} or later`
  }
  if (coverage === undefined) return NOT_KNOWN
  const { since, until, isFresh } = coverage
  if (isFresh) return since <= createdAt ? 'never' : `not since ${formatDate(since)}`
  return since <= createdAt && createdAt <= until ? `never until ${formatDate(until)}` : NOT_KNOWN
}

/** Explains to a person that the VPN servers do not show their uses now. */
export function describeGap({ coverage }: UseView): Html | '' {
  if (coverage?.isFresh === true) return ''
  const known =
    coverage === undefined
      ? 'is not known yet'
      : `is known until ${formatDate(coverage.until)} and not since`
  return html`<p class="banner">
    When profiles were last used ${known}: a VPN server does not report it now.
  </p>`
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `5 minutes ago`, in the largest unit that fits. */
function formatAgo(moment: Date, now: Date): string {
  const ms = now.getTime() - moment.getTime()
  const [unit, length] = UNITS.find(([, each]) => ms >= each) ?? []
  if (unit === undefined) return 'just now'
  const count = Math.floor(ms / length)
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`
}
