import { type KeyObject, randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import {
  type Clock,
  type LiveSecret,
  liveVersions,
  SecretError,
  type SecretVersion,
  systemClock,
} from '@rekey/secret'
import { type CaCertificate, parseCaChain } from './ca-certificate.ts'
import { type CaKeystore, createCaKeystore } from './ca-keystore.ts'
import type { Issuer } from './issuer.ts'
import { decryptKey } from './key-encryption.ts'
import { checkPassphrase } from './passphrase.ts'
import { checkPassphraseOrigin } from './passphrase-origin.ts'
import { checkKeystoreDirectory, readProtectedFile } from './protected-files.ts'
import { createKeySigner, isSignedBy, type Signer } from './signer.ts'
import { checkValidAt } from './validity.ts'

/** The two files of a keystore. */
export const FILES = { key: 'ca.key', certificate: 'ca.crt' } as const

/** A passphrase, and where its source read it. One made by this process has the origin `memory`. */
export type PassphraseVersion = Pick<SecretVersion, 'value' | 'origin'>

/** Which keystore to open, and how. */
export interface CaKeystoreOptions {
  /** Holds `ca.key` and `ca.crt`; mode 0700, like its files owned by the user of the process. */
  readonly directory: string
  /**
   * Of a live secret every version is tried, `current` first, so that its rotation is not bound to one moment. None may come from the
   * keystore's own directory, or from a source that does not report where it read it.
   */
  readonly passphrase: LiveSecret | PassphraseVersion
  readonly clock?: Clock
}

const MAX_FILE_BYTES = 64 * 1024
const CHALLENGE_BYTES = 32

/**
 * Opens a CA keystore: checks that no other user can read or replace its files, decrypts the key once and off the main
 * thread, and has it sign a random challenge that its certificate verifies. Writes nothing and generates nothing, whatever
 * is wrong.
 *
 * @throws {SecretError} `rejected` for a wrong passphrase or a damaged key (the same error, at the same cost); `missing` for
 * a directory or half of the pair; `malformed`; `refused` for unsafe files, a passphrase beside the key or of unknown
 * origin, weak encryption, a key that does not belong to its certificate, a certificate that is expired or not that of a CA;
 * `forbidden`; `unreachable` for I/O
 *
 * @example
 * ```ts
 * const ca = await openCaKeystore({ directory, passphrase: service.secrets.ca })
 * ```
 */
export async function openCaKeystore(options: CaKeystoreOptions): Promise<CaKeystore> {
  return createCaKeystore(await openIssuer(options))
}

/** Does what {@link openCaKeystore} does, for a caller that moves the directory before it is used. */
export async function openIssuer(options: CaKeystoreOptions): Promise<Issuer> {
  const { clock = systemClock } = options
  // A trailing slash would have the system follow a symbolic link that it must not.
  const directory = resolve(options.directory)
  const candidates = candidatesOf(options.passphrase)
  for (const { value } of candidates) checkPassphrase(value.expose())
  await checkKeystoreDirectory(directory)
  for (const { origin } of candidates) await checkPassphraseOrigin(directory, origin)
  const keyPem = await readProtectedFile(join(directory, FILES.key), 'key', MAX_FILE_BYTES)
  const chain = join(directory, FILES.certificate)
  const ca = parseCaChain(await readProtectedFile(chain, 'certificate', MAX_FILE_BYTES))
  checkValidAt(ca, clock.now())
  const signer = createKeySigner(await unlock(directory, keyPem, candidates))
  await checkPair(signer, ca)
  return { ca, signer, clock, directory }
}

interface Candidate extends PassphraseVersion {
  readonly used: () => void
}

function candidatesOf(passphrase: LiveSecret | PassphraseVersion): readonly Candidate[] {
  if (!('snapshot' in passphrase)) return [{ ...passphrase, used: () => undefined }]
  return liveVersions(passphrase.snapshot).map((version) => ({
    ...version,
    used: () => {
      passphrase.usage.record(version.version)
    },
  }))
}

async function unlock(
  directory: string,
  keyPem: string,
  candidates: readonly Candidate[],
): Promise<KeyObject> {
  for (const { value, used } of candidates) {
    const key = await decryptKey(keyPem, value)
    if (key === undefined) continue
    used()
    return key
  }
  throw new SecretError(
    'rejected',
    `the CA key in ${directory} does not open: the passphrase is wrong, or ${FILES.key} is damaged; check that the passphrase ` +
      'is that of this CA, then restore the file from a backup',
    { directory, reason: 'unlock' },
  )
}

async function checkPair(signer: Signer, ca: CaCertificate): Promise<void> {
  const challenge = randomBytes(CHALLENGE_BYTES)
  const signature = await signer.sign(challenge)
  if (signer.publicKey.equals(ca.publicKey) && isSignedBy(ca.publicKey, challenge, signature))
    return
  throw new SecretError(
    'refused',
    `${FILES.key} is not the key of the certificate in ${FILES.certificate}; restore both from one backup`,
    { reason: 'pair' },
  )
}
