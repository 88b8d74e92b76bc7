import type { SecretError } from '@rekey/secret'

/** The events of a rotating pool beside those of `pg.Pool`. Versions are those of the live secret. */
export interface RotationEvents {
  /** A new version was seen and is being proved. */
  rotating: { readonly version: string }
  /** Connections of a replaced version are still open. */
  draining: { readonly version: string; readonly left: number }
  /** The last connection of a replaced version is closed. */
  drained: { readonly version: string }
  /** The database, or the check of the owner role, refused a version. The pool stays on the one before. */
  rejected: { readonly version: string; readonly error: SecretError }
  /** A version could not log in, because the database does not answer or has no free connection. */
  unreachable: { readonly version: string; readonly error: SecretError }
  /** A connection was cut. The reason is `57P01` when an administrator ended it, or the error code of the network. */
  lost: { readonly version: string; readonly reason: string }
}

/** Events that the parts of a pool report to it alone: beside the events above, those that have a consequence. */
interface InnerEvents extends RotationEvents {
  /** A version has logged in beside the pool; new connections use it from now on if it replaces the one `before`. */
  proved: { readonly before?: string }
  /** A connection has logged in and acts as the owner role. */
  entered: { readonly version: string }
  /** The database refused the login of a connection. */
  refused: { readonly version: string }
  /** These are the versions that the pool holds. */
  holding: { readonly versions: readonly string[] }
}

/** One of the events, with its name. */
export type PoolEvent = {
  [Name in keyof InnerEvents]: { readonly type: Name } & InnerEvents[Name]
}[keyof InnerEvents]

/** The one way from the parts of a pool back to it. */
export type Report = (event: PoolEvent) => void

/** The event that a version could not log in. Only `unreachable` may pass by itself. */
export function loginFailure(version: string, error: SecretError): PoolEvent {
  return { type: error.code === 'unreachable' ? 'unreachable' : 'rejected', version, error }
}
