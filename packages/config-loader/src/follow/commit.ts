import type { StagedSecret } from '@rekey/secret'
import type { ParsedStages } from '../parse-staged.ts'
import { asSecretError } from './as-secret-error.ts'
import type { FollowedSecret } from './followed-secret.ts'

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
      secret.vetoed(raw, asSecretError(error))
      return []
    }
  })
  for (const { commit } of prepared) commit()
  return prepared.flatMap(({ proposal: { secret, stages, raw } }) => {
    const version = secret.took(stages, raw)
    return version === undefined ? [] : [{ secret, version }]
  })
}
