import type { SecretError, SecretSpec, StagedSecret } from '@rekey/secret'
import type { ParsedStages } from '../parse-staged.ts'
import type { Staleness } from './staleness.ts'

/** A secret that a service can start with. */
export interface LoadedSecret {
  readonly key: string
  readonly name: string
  readonly spec: SecretSpec
  readonly staleness: Staleness
  /** Absent if there is no value yet, which an optional secret may do without. */
  readonly stages?: ParsedStages<unknown>
  readonly raw?: StagedSecret
  /** Milliseconds since the source named it; above 0 only if it comes from the last-good snapshot. */
  readonly ageMs?: number
  /** Why the source did not give it, if so. */
  readonly failure?: SecretError
}
