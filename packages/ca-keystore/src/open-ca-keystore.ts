import { type KeyObject, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  type Clock,
  type LiveSecret,
  liveVersions,
  Secret,
  SecretError,
  systemClock,
} from '@rekey/secret'
import { type CaCertificate, parseCaChain } from './ca-certificate.ts'
import { type CaKeystore, createCaKeystore } from './ca-keystore.ts'
import { decryptKey } from './key-encryption.ts'
import { checkPassphrase } from './passphrase.ts'
import { checkPassphraseLocation } from './passphrase-location.ts'
import { checkKeystoreDirectory, readProtectedFile } from './protected-files.ts'
import { createKeySigner, isSignedBy, type Signer } from './signer.ts'
import { checkValidAt } from './validity.ts'

/** The two files of a keystore. */
export const FILES = { key: 'ca.key', certificate: 'ca.crt' } as const

/** Which keystore to open, and how. */
export interface CaKeystoreOptions {
  /** Holds `ca.key` and `ca.crt`; mode 0700, like its files owned by the user of the process. */
  readonly directory: string
  /** Of a live secret every version is tried, `current` first, so that its rotation needs no one moment. */
  readonly passphrase: LiveSecret | Secret
  /** The file the passphrase was read from, if it was; refused if that lies beside the key. */
  readonly passphraseLocation?: string
  readonly clock?: Clock
}

const MAX_FILE_BYTES = 64 * 1024
const CHALLENGE_BYTES = 32

/**
 * Opens a CA keystore: checks that nobody else can read or replace its files, decrypts the key once and off the main thread,
 * and has it sign a random challenge that its certificate verifies. Writes nothing and generates nothing, whatever is wrong.
 *
 * @throws {SecretError} `rejected` for a wrong passphrase or a damaged key (the same error, at the same cost); `missing` for
 *   a directory or half of the pair; `malformed`; `refused` for unsafe files, weak encryption, a key that does not belong to
 *   its certificate, a certificate that is expired or not that of a CA; `forbidden`; `unreachable` for I/O
 */
export async function openCaKeystore(options: CaKeystoreOptions): Promise<CaKeystore> {
  const { directory, passphraseLocation, clock = systemClock } = options
  const candidates = candidatesOf(options.passphrase)
  for (const { passphrase } of candidates) checkPassphrase(passphrase.expose())
  await checkKeystoreDirectory(directory)
  if (passphraseLocation !== undefined) await checkPassphraseLocation(directory, passphraseLocation)
  const keyPem = await readProtectedFile(join(directory, FILES.key), 'key', MAX_FILE_BYTES)
  const chain = join(directory, FILES.certificate)
  const ca = parseCaChain(await readProtectedFile(chain, 'certificate', MAX_FILE_BYTES))
  checkValidAt(ca, clock.now())
  const signer = createKeySigner(await unlock(directory, keyPem, candidates))
  await checkPair(signer, ca)
  return createCaKeystore({ ca, signer, clock })
}

interface Candidate {
  readonly passphrase: Secret
  readonly used: () => void
}

function candidatesOf(passphrase: LiveSecret | Secret): readonly Candidate[] {
  if (passphrase instanceof Secret) return [{ passphrase, used: () => undefined }]
  return liveVersions(passphrase.snapshot).map(({ value, version }) => ({
    passphrase: value,
    used: () => {
      passphrase.usage.record(version)
    },
  }))
}

async function unlock(
  directory: string,
  keyPem: string,
  candidates: readonly Candidate[],
): Promise<KeyObject> {
  for (const { passphrase, used } of candidates) {
    const key = await decryptKey(keyPem, passphrase)
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
