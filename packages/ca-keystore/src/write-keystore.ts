import { createPublicKey, type KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import type { Clock } from '@rekey/secret'
import { type LifeEvent, recordLife } from './biography.ts'
import { type CaKeystore, createCaKeystore } from './ca-keystore.ts'
import { type KeyIdentity, sealEnvelope } from './envelope/index.ts'
import { FILES, SERVICE_SLOT } from './keystore-files.ts'
import type { Issuer } from './issuer.ts'
import { newKeyIdentity, type NewKeyPlace } from './new-authority.ts'
import { createDirectoryOfFiles } from './new-directory.ts'
import { openIssuer } from './open-ca-keystore.ts'
import { bytesOf, type SecretText } from './passphrase.ts'

/** A keystore that is wanted. */
export interface NewKeystore extends NewKeyPlace {
  readonly passphrase: SecretText
}

/** The key of a new keystore, and the certificate of that. */
export interface KeystoreContent {
  readonly privateKey: KeyObject
  readonly purpose: KeyIdentity['purpose']
  /** PEM of the certificate and those above it. */
  readonly chain: string
  /** The beginning of its biography. */
  readonly event: LifeEvent
}

/**
 * Writes `ca.key` (an envelope that the passphrase opens, 0600) and `ca.crt` (its chain, 0644) at once, after opening them as
 * `openCaKeystore` does.
 *
 * @param before completes the keystore before it gets its name
 * @returns the keystore, open
 * @throws {SecretError} `conflict` if there is anything in the directory; `refused` for a key that is not that of the certificate, an
 *   expired certificate or an unsafe place; `unreachable` for I/O
 */
export async function writeKeystore(
  place: NewKeystore,
  content: KeystoreContent,
  clock: Clock,
  before: (issuer: Issuer) => Promise<void> = () => Promise.resolve(),
): Promise<CaKeystore> {
  const { directory, passphrase } = place
  const files = [
    { name: FILES.key, text: await sealKey(place, content, clock), mode: 0o600 },
    { name: FILES.certificate, text: content.chain, mode: 0o644 },
  ]
  const held = { value: passphrase, origin: { kind: 'memory' } } as const
  const issuer = await createDirectoryOfFiles(directory, files, async (draft) => {
    const opened = await openIssuer({ directory: draft, passphrase: held, clock })
    await recordLife(opened, content.event)
    await before(opened)
    return opened
  })
  return createCaKeystore({ ...issuer, directory: resolve(directory) })
}

/** Encrypts a new key for its passphrase. @returns the text of `ca.key` */
export async function sealKey(
  place: NewKeystore,
  { privateKey, purpose }: Pick<KeystoreContent, 'privateKey' | 'purpose'>,
  clock: Clock,
): Promise<string> {
  const identity = newKeyIdentity(createPublicKey(privateKey), purpose, place, clock)
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
  using bytes = bytesOf(place.passphrase)
  try {
    const slots = [{ slot: SERVICE_SLOT, passphrase: bytes.expose() }]
    return await sealEnvelope(pkcs8, identity, slots)
  } finally {
    pkcs8.fill(0)
  }
}
