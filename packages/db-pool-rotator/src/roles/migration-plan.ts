import type { Possession } from './difference.ts'

/** How an application's role becomes an owner role with a first login. Text only: nothing has been done yet. */
export interface MigrationPlan {
  /** The role that keeps all rights, and the login that acts as it. */
  readonly ownerRole: string
  readonly login: string
  /** Step 1, for psql, while the service goes on as before: makes the login. `:'verifier'` stands for its SCRAM verifier. */
  readonly prepare: string
  /** Step 2, once the service uses the login: closes the old role to sessions. */
  readonly finish: string
  /** Reverses both steps, or the first. */
  readonly rollback: string
  /** Points that an operator has to look at before. Empty: none. */
  readonly warnings: readonly string[]
  /** All that stays where it is, because the owner role is the old role. */
  readonly stays: readonly Possession[]
}
