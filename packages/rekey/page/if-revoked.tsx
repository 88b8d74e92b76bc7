import type { RevokePreview, VersionView } from '../src/console/family-view.ts'
import { ago } from './duration.ts'

interface IfRevokedProps {
  readonly versions: readonly VersionView[]
  readonly now: number
}

/** The consequence of a revocation of each version at this moment. */
export function IfRevoked({ versions, now }: IfRevokedProps) {
  return (
    <ul class="if-revoked" aria-label="If a version is revoked now">
      {versions.map((version) => (
        <Consequence key={version.version} {...version} now={now} />
      ))}
    </ul>
  )
}

function Consequence({ stage, ifRevoked, now }: VersionView & { readonly now: number }) {
  const { verdict, refused, refusedInAll, silent, lastUse, evidence } = ifRevoked
  return (
    <li>
      <details>
        {/* That callers use the current version is how it has to be. */}
        <summary class={stage === 'current' ? 'quiet' : verdict}>
          revoke {stage} now: {inWords(ifRevoked)}
        </summary>
        <p class="quiet">
          {lastUse === undefined
            ? 'no use reported'
            : `last used ${ago(lastUse.at, now)} by ${lastUse.who}`}
          ; based on {evidence}
        </p>
        {verdict === 'breaks' && silent > 0 && (
          <p class="quiet">{counted(silent, 'replica')} did not answer</p>
        )}
        <ul>
          {refused.map(({ replica, by }) => (
            <li key={replica}>
              <code>{replica}</code>{' '}
              {by === undefined ? 'uses it' : `is refused by ${counted(by, 'receiver')}`}
            </li>
          ))}
        </ul>
        {refusedInAll > refused.length && <p class="quiet">the first of {refusedInAll}</p>}
      </details>
    </li>
  )
}

function inWords({ verdict, refused, refusedInAll, retrying, silent }: RevokePreview): string {
  const retries = retrying === 0 ? '' : `, ${counted(retrying, 'caller')} answered on a retry`
  if (verdict === 'nothing') return `nothing breaks${retries}`
  if (verdict === 'breaks') {
    const isSeen = refused.some(({ by }) => by !== undefined)
    if (isSeen) return `${counted(refusedInAll, 'caller')} refused${retries}`
    return refusedInAll === 1 ? '1 replica uses it' : `${refusedInAll} replicas use it`
  }
  return silent === 0
    ? 'unknown: no replica is listed'
    : `unknown: ${counted(silent, 'replica')} did not answer`
}

function counted(n: number, one: string): string {
  return n === 1 ? `1 ${one}` : `${n} ${one}s`
}
