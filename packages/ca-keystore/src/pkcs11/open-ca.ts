import { resolve } from 'node:path'
import { SecretError } from '@rekey/secret'
import type { CaKeystore } from '../ca-keystore.ts'
import { candidatesOf, isInToken } from '../keystore-files.ts'
import { type CaKeystoreOptions, openCaKeystore } from '../open-ca-keystore.ts'
import { checkPassphraseOrigin } from '../passphrase-origin.ts'
import { checkKeystoreDirectory } from '../protected-files.ts'
import { openPkcs11Ca } from './open-pkcs11-ca.ts'
import type { TokenPlace } from './token.ts'

/** Which keystore to open, whatever holds its key. The passphrase of a token is its PIN. */
export interface CaOptions extends CaKeystoreOptions, Partial<Pick<TokenPlace, 'attended'>> {
  /** The PKCS#11 library, for a key that is in a token. */
  readonly module?: string | undefined
}

/**
 * Opens a CA whose key is in a file, as `openCaKeystore` does, or in a PKCS#11 token, as `openPkcs11Ca` does: the directory decides. Of
 * several versions of a PIN, only the current one is tried, and once.
 *
 * @throws {SecretError} as these two; `refused` with the reason `token` where a token has the key and no library is named
 *
 * @example
 * ```ts
 * const module = '/usr/lib/softhsm/libsofthsm2.so'
 * const ca = await openCa({ directory, passphrase: service.secrets.ca, module })
 * ```
 */
export async function openCa(options: CaOptions): Promise<CaKeystore> {
  const directory = resolve(options.directory)
  await checkKeystoreDirectory(directory)
  if (!(await isInToken(directory))) return openCaKeystore(options)
  const { module, passphrase, attended = false, clock } = options
  if (module === undefined) throw noModule(directory)
  const [current] = candidatesOf(passphrase)
  if (current === undefined) throw noPin(directory)
  await checkPassphraseOrigin(directory, current.origin)
  const place = { directory, module, pin: current.value, attended }
  const ca = await openPkcs11Ca({ ...place, ...(clock && { clock }) })
  current.used()
  return ca
}

function noModule(directory: string): SecretError {
  const message =
    `a PKCS#11 token holds the key of the CA in ${directory}, and no library is named that reaches it; name that of its vendor: ` +
    '--module FILE of rekey ca, or CA_PKCS11_MODULE of signing'
  return new SecretError('refused', message, { directory, reason: 'token' })
}

function noPin(directory: string): SecretError {
  const message = `there is no PIN for the PKCS#11 token of the CA in ${directory}; give one`
  return new SecretError('missing', message, { directory, reason: 'pin' })
}
