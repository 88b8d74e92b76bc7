import type { FollowedIntegration } from '@rekey/integration-secret'
import { SecretError, within } from '@rekey/secret'
import { certificateRefusal } from '@rekey/secret/trust'
import type { ProfileAnswer } from './profile-answer.ts'

/** Where notices go, and with what. */
export interface NoticeParts {
  readonly url: string
  readonly credential: FollowedIntegration
  /** Default: the global one. */
  readonly fetch?: typeof fetch
}

const NOTICE_LIMIT_MS = 5_000

/**
 * Notifies a third party of a new profile, by serial number and fingerprint.
 *
 * @throws {SecretError} `rejected` if every live credential is refused
 * @throws {Error} if the notice was not taken
 */
export async function notifyOfProfile(
  { serial, fingerprint }: Pick<ProfileAnswer, 'serial' | 'fingerprint'>,
  { url, credential, fetch = globalThis.fetch }: NoticeParts,
): Promise<void> {
  const body = JSON.stringify({ serial, fingerprint })
  const limit = { what: 'a notice of a profile', limitMs: NOTICE_LIMIT_MS }
  await credential.use((key) =>
    within(limit, async (signal) => {
      const headers = {
        authorization: `Bearer ${key.expose()}`,
        'content-type': 'application/json',
      }
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        redirect: 'error',
        signal,
      }).catch((error: unknown) => {
        const place = { host: new URL(url).host, option: 'NOTICES_TRUST_FILE' }
        throw certificateRefusal(error, place) ?? error
      })
      await response.body?.cancel()
      if (response.ok) return
      if (response.status !== 401 && response.status !== 403) {
        throw new Error(`the third party answered a notice with ${response.status}`)
      }
      const message = 'the third party refuses the credential for notices: rotate it'
      throw new SecretError('rejected', message, { status: response.status })
    }),
  )
}
