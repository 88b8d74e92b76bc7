import { join, resolve } from 'node:path'
import {
  type LiveSecret,
  liveVersions,
  type Secret,
  SecretError,
  type SecretVersion,
} from '@rekey/secret'
import { type CaCertificate, parseCaChain } from './ca-certificate.ts'
import { type KeyIdentity, MAX_ENVELOPE_CHARS, parseEnvelope } from './envelope/index.ts'
import { publicKeyDigest } from './key-digest.ts'
import { checkPassphrase } from './passphrase.ts'
import { checkPassphraseOrigin } from './passphrase-origin.ts'
import { checkKeystoreDirectory, readProtectedFile } from './protected-files.ts'

/** The two files of a keystore. */
export const FILES = { key: 'ca.key', certificate: 'ca.crt' } as const

/** The slot of the envelope that the passphrase of the service opens. */
export const SERVICE_SLOT = 'service'

/** A passphrase, and where its source read it. One made by this process has the origin `memory`. */
export type PassphraseVersion = Pick<SecretVersion, 'value' | 'origin'>

/** A passphrase that may open the key. As bytes, the caller wipes it: a string cannot be wiped. */
export interface PassphraseCandidate extends Pick<SecretVersion, 'origin'> {
  readonly value: Secret | Secret<Uint8Array>
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

/** Reads one of the two files after checking that no other user can read or replace it. @throws {SecretError} */
export function readKeystoreFile(directory: string, name: keyof typeof FILES): Promise<string> {
  return readProtectedFile(join(directory, FILES[name]), name, MAX_ENVELOPE_CHARS)
}

function candidatesOf(passphrase: Passphrase): readonly PassphraseCandidate[] {
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

/** The error of a passphrase that does not open the key, and of a damaged key: they cannot be distinguished. */
export function unlockFailed(directory: string): SecretError {
  return new SecretError(
    'rejected',
    `the CA key in ${directory} does not open: the passphrase is wrong, or ${FILES.key} is damaged; check that the passphrase ` +
      'is that of this CA, then restore the file from a backup',
    { directory, reason: 'unlock' },
  )
}
