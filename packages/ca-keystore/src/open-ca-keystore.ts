import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { type Clock, Secret, systemClock } from '@rekey/secret'
import { recordLife } from './biography.ts'
import type { CaCertificate } from './ca-certificate.ts'
import { type CaKeystore, createCaKeystore } from './ca-keystore.ts'
import type { Issuer } from './issuer.ts'
import { otherKey, type Passphrase, readKeystore, unlockFailed } from './keystore-files.ts'
import { createKeySigner, isSignedBy, type Signer } from './signer.ts'
import { unlockKey } from './unlock-key.ts'
import { checkValidAt } from './validity.ts'

/** Which keystore to open, and how. */
export interface CaKeystoreOptions {
  /** Holds `ca.key` and `ca.crt`; mode 0700, like its files owned by the user of the process. */
  readonly directory: string
  /**
   * Of a live secret every version is tried, `current` first, so that its rotation is not bound to one moment. None may come from the
   * keystore's own directory, or from a source that does not report where it read it.
   */
  readonly passphrase: Passphrase
  /** Default: the machine's own. */
  readonly clock?: Clock
}

const CHALLENGE_BYTES = 32

/**
 * Opens a CA keystore: checks that no other user can read or replace its files, decrypts the key once and off the main
 * thread, and has it sign a random challenge that its certificate verifies. Generates nothing, whatever is wrong. The opening, and a
 * passphrase that does not open the key, are recorded in the biography of the key; nothing else is written.
 *
 * @throws {SecretError} `rejected` for a wrong passphrase or a damaged key (the same error, at the same cost); `missing` for
 * a directory or half of the pair; `malformed`; `refused` for unsafe files, a passphrase beside the key or of unknown
 * origin, weak encryption, a key that does not belong to its certificate, a certificate that is expired or not that of a CA;
 * `forbidden`; `unreachable` for I/O, or if the opening cannot be recorded
 *
 * @example
 * ```ts
 * const ca = await openCaKeystore({ directory, passphrase: service.secrets.ca })
 * ```
 */
export async function openCaKeystore(options: CaKeystoreOptions): Promise<CaKeystore> {
  const issuer = await openIssuer(options)
  await recordLife(issuer, { action: 'unlock' })
  return createCaKeystore(issuer)
}

/** Does what {@link openCaKeystore} does, for a caller that moves the directory before it is used. */
export async function openIssuer(options: CaKeystoreOptions): Promise<Issuer> {
  const { clock = systemClock } = options
  const files = await readKeystore(options)
  const { ca, identity, directory } = files
  checkValidAt(ca, clock.now())
  const pkcs8 = await unlockKey(files)
  if (pkcs8 === undefined) {
    await recordLife({ directory, identity, clock }, { action: 'unlock', outcome: 'failed' })
    throw unlockFailed(directory)
  }
  const signer = createKeySigner(keyFrom(pkcs8))
  await checkPair(signer, ca)
  return { ca, identity, signer, clock, directory }
}

/** Wipes the bytes: of the key, OpenSSL then has the one copy. Until then a redactor of this process masks them. */
export function keyFrom(pkcs8: Buffer): KeyObject {
  const secret = Secret.of<Uint8Array>(pkcs8, 'CA key')
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  } finally {
    secret[Symbol.dispose]()
    overwriteFreed()
  }
}

/** More than an allocator keeps of one size for the next request (glibc: 7). */
const THROWAWAYS = 16

/**
 * OpenSSL 3 frees copies of an encoded key without wiping them. Reading other keys of the size, which for all but P-256 is only near,
 * makes it allocate the same memory, and so overwrite it.
 */
function overwriteFreed(): void {
  for (let count = 0; count < THROWAWAYS; count += 1) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = privateKey.export({ format: 'der', type: 'pkcs8' })
    createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  }
}

/** Has a signer sign a random challenge that the certificate verifies. @throws {SecretError} `refused` */
export async function checkPair(signer: Signer, ca: CaCertificate): Promise<void> {
  const challenge = randomBytes(CHALLENGE_BYTES)
  const signature = await signer.sign(challenge)
  if (signer.publicKey.equals(ca.publicKey) && isSignedBy(ca.publicKey, challenge, signature))
    return
  throw otherKey()
}
