import { lstat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type LiveSecret, SecretError, type SecretVersion } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import { ifMissing } from '@rekey/secret/internal/files'
import { type CaCertificate, parseCaChain } from './ca-certificate.ts'
import { type KeyIdentity, MAX_ENVELOPE_CHARS, parseEnvelope } from './envelope/index.ts'
import { explained } from './file-errors.ts'
import { publicKeyDigest } from './key-digest.ts'
import { checkPassphrase, type SecretText } from './passphrase.ts'
import { checkPassphraseOrigin } from './passphrase-origin.ts'
import { checkKeystoreDirectory, readProtectedFile } from './protected-files.ts'

/** The two files of a keystore. */
export const FILES = { key: 'ca.key', certificate: 'ca.crt' } as const

/** In place of `ca.key`: which key of which PKCS#11 token, and its policy. */
export const TOKEN_FILE = 'ca.token'

/** The slot of the envelope that the passphrase of the service opens. */
export const SERVICE_SLOT = 'service'

/** A passphrase, and where its source read it. One made by this process has the origin `memory`. */
export interface PassphraseVersion extends Pick<SecretVersion, 'origin'> {
  readonly value: SecretText
}

/** A passphrase that may open the key. */
export interface PassphraseCandidate extends PassphraseVersion {
  /** Called if it opened the key. */
  readonly used: () => void
}

/** One or more passphrases that may open a key; they are tried in order. */
export type Passphrase = LiveSecret | PassphraseVersion | readonly PassphraseCandidate[]

/** A keystore whose files were read and checked, without its key. */
export interface KeystoreFiles {
  /** Absolute. */
  readonly directory: string
  /** The text of `ca.key`. */
  readonly envelope: string
  readonly identity: KeyIdentity
  readonly ca: CaCertificate
  readonly candidates: readonly PassphraseCandidate[]
}

/**
 * Reads the files of a keystore, and checks everything that costs no key derivation: that no other user can read or replace them,
 * that the passphrase does not lie beside them, and that the envelope states the key of the certificate.
 *
 * @throws {SecretError} `missing`, `malformed`, `refused`, `forbidden`, `unreachable`
 */
export async function readKeystore(place: {
  readonly directory: string
  readonly passphrase: Passphrase
}): Promise<KeystoreFiles> {
  // A trailing slash would have the system follow a symbolic link that it must not.
  const directory = resolve(place.directory)
  const candidates = candidatesOf(place.passphrase)
  for (const { value } of candidates) checkPassphrase(value.expose())
  await checkKeystoreDirectory(directory)
  for (const { origin } of candidates) await checkPassphraseOrigin(directory, origin)
  const envelope = await readKeystoreFile(directory, 'key')
  const { identity } = parseEnvelope(envelope)
  const ca = parseCaChain(await readKeystoreFile(directory, 'certificate'))
  checkIdentity(identity, ca)
  return { directory, envelope, identity, ca, candidates }
}

/**
 * Reads one of the two files after checking that no other user can read or replace it.
 *
 * @throws {SecretError} `refused` with the reason `token` for the key file of a CA whose key is in a PKCS#11 token
 */
export async function readKeystoreFile(
  directory: string,
  name: keyof typeof FILES,
): Promise<string> {
  const path = join(directory, FILES[name])
  return readProtectedFile(path, name, MAX_ENVELOPE_CHARS).catch(async (error: unknown) => {
    const isMissing = error instanceof SecretError && error.code === 'missing'
    if (name === 'key' && isMissing && (await isInToken(directory))) throw inToken(directory)
    throw error
  })
}

/**
 * Whether a PKCS#11 token holds the key of a keystore, by its files.
 *
 * @throws {SecretError} `refused` for one that has a key file too; `forbidden`, `unreachable`
 */
export async function isInToken(directory: string): Promise<boolean> {
  const [key, token] = await Promise.all(
    [FILES.key, TOKEN_FILE].map((name) => isThere(join(directory, name))),
  )
  if (token && key) throw twoKeys(directory)
  return token === true
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await lstat(path).catch(ifMissing)) !== undefined
  } catch (error) {
    throw explained(path, error)
  }
}

/** The versions of a passphrase, in the order in which they are tried. */
export function candidatesOf(passphrase: Passphrase): readonly PassphraseCandidate[] {
  if (!('value' in passphrase || 'snapshot' in passphrase)) return passphrase
  if ('value' in passphrase) return [{ ...passphrase, used: () => undefined }]
  return liveVersions(passphrase.snapshot).map((version) => ({
    ...version,
    used: () => {
      passphrase.usage.record(version.version)
    },
  }))
}

/** Checks that an envelope states the key of a certificate, and its purpose. @throws {SecretError} `refused` */
export function checkIdentity({ spki, purpose }: KeyIdentity, ca: CaCertificate): void {
  const isPurpose = (purpose === 'root') === ca.pathLength > 0
  if (spki !== publicKeyDigest(ca.publicKey) || !isPurpose) throw otherKey()
}

/** The error of a key that is not that of the certificate. */
export function otherKey(): SecretError {
  const message = `${FILES.key} is not the key of the certificate in ${FILES.certificate}; restore both from one backup`
  return new SecretError('refused', message, { reason: 'pair' })
}

function inToken(directory: string): SecretError {
  const message =
    `a PKCS#11 token holds the key of the CA in ${directory}: the key has no passphrase, and cannot leave the token. Back the token up with ` +
    'the tools of its vendor; to use the key, name the library of the token'
  return new SecretError('refused', message, { directory, reason: 'token' })
}

function twoKeys(directory: string): SecretError {
  const message = `${directory} has ${FILES.key} and ${TOKEN_FILE}, which are two holders of one key; remove the one that is not of this CA`
  return new SecretError('refused', message, { directory, reason: 'pair' })
}

/** The error of a passphrase that does not open the key, and of a damaged key: they cannot be distinguished. */
export function unlockFailed(directory: string): SecretError {
  return new SecretError(
    'rejected',
    `the CA key in ${directory} does not open: the passphrase is wrong, or ${FILES.key} is damaged; check that the passphrase ` +
      'is that of this CA, then restore the file from a backup',
    { directory, reason: 'unlock' },
  )
}
