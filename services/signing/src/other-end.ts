import { type ApiKey, apiKeyFrom, type ApiKeyVerifier } from '@rekey/api-key-auth'
import {
  createLiveSecret,
  type LiveSecret,
  type SecretVersion,
  type StagedSecret,
} from '@rekey/secret'

/**
 * Creates what verifies the key of a call that this service makes to `peer`. Only both its ends know it, so a
 * caller that shows it here is the peer.
 */
export function verifierOf(peer: string, live: LiveSecret<ApiKey>): LiveSecret<ApiKeyVerifier> {
  const spec = apiKeyFrom(peer)
  const verifying = (version: SecretVersion<ApiKey>): SecretVersion<ApiKeyVerifier> => ({
    ...version,
    value: version.value.map(({ text }) => spec.parse(text.expose()).value),
  })
  const staged = ({ current, pending, previous, ...rest }: StagedSecret<ApiKey>) => ({
    ...rest,
    current: verifying(current),
    ...(pending && { pending: verifying(pending) }),
    ...(previous && { previous: verifying(previous) }),
  })
  const verifier = createLiveSecret<ApiKeyVerifier>(staged(live.snapshot), {
    refresh: (cause) => live.rejected(cause),
  })
  live.beforeUpdate((next) => {
    verifier.update(staged(next))
  })
  return verifier
}
