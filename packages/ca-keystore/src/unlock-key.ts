import { type KeystoreFiles, SERVICE_SLOT } from './keystore-files.ts'
import { openEnvelope } from './envelope/index.ts'
import { bytesOf } from './passphrase.ts'

/**
 * Opens the key of a keystore by the first passphrase that fits.
 *
 * @returns `PrivateKeyInfo` (RFC 5958) as DER, which the caller wipes; undefined if none fits or the file is damaged
 * @throws {SecretError} `malformed` or `refused`, before any work
 */
export async function unlockKey({
  envelope,
  candidates,
}: Pick<KeystoreFiles, 'envelope' | 'candidates'>): Promise<Buffer | undefined> {
  for (const { value, used } of candidates) {
    using bytes = bytesOf(value)
    const opening = { slot: SERVICE_SLOT, passphrase: bytes.expose() }
    const opened = await openEnvelope(envelope, opening)
    if (opened === undefined) continue
    used()
    return opened.pkcs8
  }
  return undefined
}
