import type { SecretError } from '@rekey/secret'
import type { Notification } from './subscription.ts'

/** Options of a {@link Listener}. The functions must not throw. */
export interface ListenerOptions {
  /** Names as they are, not folded to lower case; 1 to 63 bytes each. */
  readonly channels: readonly string[]
  onNotification(notification: Notification): void
  /**
   * The connection was cut and there is a new one: what was sent in between may have been missed. Called when the new one
   * listens and before its notifications, so a reader of the present state at this moment misses nothing.
   */
  onGap?(): void
  /** It could not listen on a new connection. It is tried again. */
  onProblem?(error: SecretError): void
  /** How often a connection that may have gone silently is checked. Default: 30 seconds. */
  readonly checkEveryMs?: number
}

/** Something that listens until it is closed. Close it before its pool. */
export interface Listener extends AsyncDisposable {
  close(): Promise<void>
}
