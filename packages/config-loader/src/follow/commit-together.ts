import { liveVersions } from '@rekey/secret/internal'
import type { SecretError, SecretVersion, StagedSecret } from '@rekey/secret'
import type { ParsedStages, Rejected } from '../parse-staged.ts'
import type { FollowedSecret, Veto } from './followed-secret.ts'
import { asSecretError } from './source-reader.ts'

/** Versions that were judged good, and wait to be taken over. */
export interface Proposal {
  readonly secret: FollowedSecret
  readonly stages: ParsedStages<unknown>
  readonly raw: StagedSecret
}

/** A version that was in use until now. */
export interface Replaced {
  readonly secret: FollowedSecret
  readonly version: string
}

/**
 * Takes several secrets over in one synchronous step: who reads two of them never sees one before and one after it. One that a
 * consumer refuses stays as it is, and the others go ahead.
 */
export function commitTogether(proposals: readonly Proposal[]): Replaced[] {
  const prepared = proposals.flatMap((proposal) => {
    const { secret, stages, raw } = proposal
    if (!secret.isLatest(raw)) return []
    try {
      return [{ proposal, commit: secret.live.prepare(stages.staged) }]
    } catch (error) {
      secret.vetoed(raw, refusedByConsumer(secret.held, raw, asSecretError(error)))
      return []
    }
  })
  for (const { commit } of prepared) commit()
  return prepared.flatMap(({ proposal: { secret, stages, raw } }) => {
    const version = secret.took(stages, raw)
    return version === undefined ? [] : [{ secret, version }]
  })
}

/** A consumer refuses a snapshot as a whole: because of what is new in it, or where only stages have changed, of `current`. */
function refusedByConsumer(
  held: StagedSecret<unknown> | undefined,
  raw: StagedSecret,
  error: SecretError,
): Veto['rejected'] {
  const known = new Set(held && liveVersions(held).map(({ version }) => version))
  const rejected = ({ stage, version }: SecretVersion): Rejected => {
    return { stage, version, by: 'consumer', error }
  }
  const [first = raw.current, ...others] = liveVersions(raw).filter(
    (one) => !known.has(one.version),
  )
  return [rejected(first), ...others.map(rejected)]
}
