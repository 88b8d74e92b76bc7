import { resolve } from 'node:path'
import { type Clock, systemClock } from '@rekey/secret'
import { parseCaChain } from '../ca-certificate.ts'
import { type CaKeystore, createCaKeystore } from '../ca-keystore.ts'
import { algorithmOf } from '../algorithms.ts'
import type { Issuer } from '../issuer.ts'
import { recordLife } from '../biography.ts'
import { checkIdentity, readKeystoreFile } from '../keystore-files.ts'
import { checkPair } from '../open-ca-keystore.ts'
import { checkKeystoreDirectory } from '../protected-files.ts'
import type { Signer } from '../signer.ts'
import { checkValidAt } from '../validity.ts'
import { openToken, type Token, type TokenKey, type TokenPlace } from './token.ts'
import { readReference } from './token-reference.ts'

/** Which keystore to open, and the token that holds its key. */
export interface Pkcs11CaOptions extends Omit<TokenPlace, 'token'> {
  /** Holds `ca.token` and `ca.crt`; mode 0700, like its files owned by the user of the process. */
  readonly directory: string
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/**
 * Opens a CA whose key is in a PKCS#11 token, such as an HSM. The same checks hold as for `openCaKeystore`: of files, of the key against
 * its certificate, of the policy that the key signed; and the token must never give out the key. One wrong PIN is tried once, since tokens
 * count the tries.
 *
 * @throws {SecretError} what `openCaKeystore` throws of files and certificates; `missing` for the library, the token or the key;
 *   `rejected` for the PIN; `forbidden` for one that is locked, or soon would be; `refused` for a key that could leave the token, or without
 *   `pkcs11js`; `unreachable` for the token
 *
 * @example
 * ```ts
 * const module = '/usr/lib/softhsm/libsofthsm2.so'
 * const ca = await openPkcs11Ca({ directory, module, pin: passphrase })
 * ```
 */
export async function openPkcs11Ca(options: Pkcs11CaOptions): Promise<CaKeystore> {
  const issuer = await openTokenIssuer(options)
  try {
    await recordLife(issuer, { action: 'unlock' })
    return createCaKeystore(issuer)
  } catch (error) {
    issuer.signer.close?.()
    throw error
  }
}

/** Does what {@link openPkcs11Ca} does, for a caller that moves the directory before it is used. */
export async function openTokenIssuer(options: Pkcs11CaOptions): Promise<Issuer> {
  const { clock = systemClock, module, pin, attended = false } = options
  const directory = resolve(options.directory)
  await checkKeystoreDirectory(directory)
  const ca = parseCaChain(await readKeystoreFile(directory, 'certificate'))
  const reference = await readReference(directory, ca)
  checkIdentity(reference.identity, ca)
  checkValidAt(ca, clock.now())
  const { identity } = reference
  const token = await openToken({ module, pin, attended, token: reference.label }).catch(
    async (error: unknown) => {
      await recordLife({ directory, identity, clock }, { action: 'unlock', outcome: 'failed' })
      throw error
    },
  )
  try {
    const key = token.findKey(Buffer.from(reference.object, 'hex'), reference.algorithm)
    const signer = createTokenSigner(token, key)
    await checkPair(signer, ca)
    return { ca, identity, signer, clock, directory }
  } catch (error) {
    token[Symbol.dispose]()
    throw error
  }
}

/** A signer over a key that is in a token; closing it ends the session. */
export function createTokenSigner(token: Token, key: TokenKey): Signer {
  const { publicKey } = key
  return {
    publicKey,
    identifier: algorithmOf(publicKey).identifier,
    sign: (data) => key.sign(data),
    close: () => {
      token[Symbol.dispose]()
    },
  }
}
