import type { LiveSecret, Secret, StagedSecret } from '@rekey/secret'
import { isRejection, onChange, tryVersions } from '@rekey/secret/internal'

/** A credential that may change at any time, at either end first. */
export interface FollowedIntegration {
  /**
   * Makes a request with the credential. If the third party refuses it, the request is made again with the other live versions.
   *
   * @param request throws `SecretError` `rejected` if the third party refuses the credential
   * @throws what the last request threw
   */
  use<T>(request: (credential: Secret) => Promise<T>): Promise<T>
  /** Stops following the secret. */
  close(): void
}

/** How a replica's usage report names what requests are made with. */
const CONSUMER = 'integration'

/**
 * Follows the credential of a third party through its rotations, and reports which version is in use.
 *
 * @example
 * ```ts
 * const smtp = followIntegration(service.secrets.smtp)
 * await smtp.use((password) => sendMail({ password: password.expose() }))
 * ```
 */
export function followIntegration(secret: LiveSecret): FollowedIntegration {
  const closed = new AbortController()
  const hold = ({ current }: StagedSecret) => {
    secret.usage.hold(CONSUMER, [current.version])
  }
  hold(secret.snapshot)
  void onChange(secret, hold, closed.signal)
  return {
    use: (request) =>
      tryVersions(secret, { attempt: ({ value }) => request(value) }).catch((error: unknown) => {
        // The source may hold a newer one; whether it can be read is for its owner to report.
        if (isRejection(error)) secret.rejected('unauthorized').catch(() => undefined)
        throw error
      }),
    close() {
      closed.abort()
    },
  }
}
