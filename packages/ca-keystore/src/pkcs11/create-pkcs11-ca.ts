import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { SecretError, systemClock } from '@rekey/secret'
import { recordLife } from '../biography.ts'
import { type CaKeystore, createCaKeystore } from '../ca-keystore.ts'
import { FILES, TOKEN_FILE } from '../keystore-files.ts'
import {
  authoritySubject,
  certify,
  newKeyIdentity,
  type NewAuthority,
  purposeOf,
} from '../new-authority.ts'
import { checkVacant, createDirectoryOfFiles } from '../new-directory.ts'
import { createTokenSigner, openTokenIssuer } from './open-pkcs11-ca.ts'
import { openToken, type TokenPlace } from './token.ts'
import type { TokenAlgorithm } from './token-algorithms.ts'
import { signReference } from './token-reference.ts'

/** A CA that is wanted, whose key is made in a token and stays there. */
export interface NewPkcs11Ca extends NewAuthority, TokenPlace {
  /** Default `ecdsa-p256`. */
  readonly algorithm?: TokenAlgorithm
}

const KEY_ID_BYTES = 16

/**
 * Creates a CA whose key a PKCS#11 token makes and never gives out. The key has the name of the CA in the token. Writes `ca.token` (which
 * key, and its policy, signed by it) and `ca.crt` at once, after opening them as `openPkcs11Ca` does; if that fails, the key is destroyed.
 *
 * @returns the new CA, open
 * @throws {SecretError} `conflict` if there is anything in the directory, if the token has a key of that name, or if the parent has issued
 *   a CA of that name; what `openPkcs11Ca` throws
 *
 * @example
 * ```ts
 * const token = { module: '/usr/lib/softhsm/libsofthsm2.so', token: 'ca', pin: passphrase }
 * await createPkcs11Ca({ directory, ...token, commonName: 'Example Root' })
 * ```
 */
export async function createPkcs11Ca(options: NewPkcs11Ca): Promise<CaKeystore> {
  const { directory, module, token: label, pin, attended = false, clock = systemClock } = options
  const { algorithm = 'ecdsa-p256' } = options
  const subject = authoritySubject(options)
  await checkVacant(directory)
  using token = await openToken({ module, token: label, pin, attended })
  if (token.hasKey(subject.commonName)) throw keyExists(label, subject.commonName)
  const id = randomBytes(KEY_ID_BYTES)
  const key = await token.makePair(id, subject.commonName, algorithm)
  try {
    const signer = createTokenSigner(token, key)
    const identity = newKeyIdentity(key.publicKey, purposeOf(options), options, clock)
    const reference = { label, object: id.toString('hex'), algorithm, identity }
    const files = [
      { name: FILES.certificate, text: await certify(signer, subject, options), mode: 0o644 },
      { name: TOKEN_FILE, text: await signReference(reference, signer), mode: 0o644 },
    ]
    const issuer = await createDirectoryOfFiles(directory, files, async (draft) => {
      const opened = await openTokenIssuer({ directory: draft, module, pin, attended, clock })
      const { purpose } = opened.identity
      await recordLife(opened, { action: 'create', details: { purpose, algorithm } })
      return opened
    })
    return createCaKeystore({ ...issuer, directory: resolve(directory) })
  } catch (error) {
    key.destroy()
    throw error
  }
}

function keyExists(token: string, name: string): SecretError {
  return new SecretError(
    'conflict',
    `the PKCS#11 token "${token}" has a key "${name}" already, of a CA or of an attempt that was cut; take the next generation, or ` +
      'remove the key with the tool of its vendor if no CA uses it',
    { reason: 'token-key' },
  )
}
