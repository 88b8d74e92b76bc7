import type { SecretError } from '@rekey/secret'

/** What a rotating pool tells beside the events of `pg.Pool`. Versions are those of the live secret. */
export interface RotationEvents {
  /** A new version was seen and is being proved. */
  rotating: { readonly version: string }
  /** Connections of a replaced version are still in use. */
  draining: { readonly version: string; readonly left: number }
  /** The last connection of a replaced version is closed. */
  drained: { readonly version: string }
  /** The database, or the check of the owner role, refused a version. The pool stays on the one before. */
  rejected: { readonly version: string; readonly error: SecretError }
  /** A version could not be proved yet, because the database does not answer. It is tried again. */
  unreachable: { readonly version: string; readonly error: SecretError }
  /** A connection was cut: `57P01` when an administrator ended it, or what the network said. */
  lost: { readonly version: string; readonly reason: string }
}
