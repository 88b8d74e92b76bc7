import { createPublicKey, type KeyObject, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { type Clock, type Secret, SecretError } from '@rekey/secret'
import { type LifeEvent, recordLife } from './biography.ts'
import { type CaKeystore, createCaKeystore } from './ca-keystore.ts'
import { type KeyIdentity, sealEnvelope } from './envelope/index.ts'
import { LONGEST_DAYS, type Profile, PROFILE_NAMES } from './issuer.ts'
import { publicKeyDigest } from './key-digest.ts'
import { FILES, SERVICE_SLOT } from './keystore-files.ts'
import { createDirectoryOfFiles } from './new-directory.ts'
import { openIssuer } from './open-ca-keystore.ts'

/** The place of a new keystore, and what is bound to its key for good. */
export interface NewKeystore {
  /** Made, with mode 0700; what is above it must exist or can be made. Must be absent or empty. */
  readonly directory: string
  readonly passphrase: Secret
  /** Counts the keys of one CA, from 1 (the default). */
  readonly generation?: number
  /** The certificates that it may issue; default all. A root that issues none but CAs: `[]`. */
  readonly profiles?: readonly Profile[]
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
 * @returns the keystore, open
 * @throws {SecretError} `conflict` if there is anything in the directory; `refused` for a key that is not that of the certificate, an
 *   expired certificate or an unsafe place; `unreachable` for I/O
 */
export async function writeKeystore(
  place: NewKeystore,
  content: KeystoreContent,
  clock: Clock,
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
    return opened
  })
  return createCaKeystore({ ...issuer, directory: resolve(directory) })
}

/** The generation of a new keystore. @throws {SecretError} `refused` for anything but a whole number from 1 on */
export function generationOf({ generation = 1 }: NewKeystore): number {
  if (Number.isInteger(generation) && generation >= 1) return generation
  throw new SecretError('refused', 'the generation of a CA is a whole number from 1 on', {
    reason: 'generation',
  })
}

async function sealKey(
  place: NewKeystore,
  { privateKey, purpose }: KeystoreContent,
  clock: Clock,
): Promise<string> {
  const identity = {
    id: randomUUID(),
    generation: generationOf(place),
    purpose,
    spki: publicKeyDigest(createPublicKey(privateKey)),
    created: new Date(clock.now()).toISOString(),
    policy: { profiles: place.profiles ?? PROFILE_NAMES, days: LONGEST_DAYS },
  }
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
  const passphrase = Buffer.from(place.passphrase.expose())
  try {
    return await sealEnvelope(pkcs8, identity, [{ slot: SERVICE_SLOT, passphrase }])
  } finally {
    pkcs8.fill(0)
    passphrase.fill(0)
  }
}
