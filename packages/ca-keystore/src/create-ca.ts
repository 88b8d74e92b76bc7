import { systemClock } from '@rekey/secret'
import { ALGORITHMS, type KeyAlgorithm } from './algorithms.ts'
import type { CaKeystore } from './ca-keystore.ts'
import { authoritySubject, certify, type NewAuthority, purposeOf } from './new-authority.ts'
import { checkVacant } from './new-directory.ts'
import { checkNewPassphrase } from './passphrase-strength.ts'
import { createKeySigner } from './signer.ts'
import { type NewKeystore, writeKeystore } from './write-keystore.ts'

/** A CA that is wanted. */
export interface NewCa extends NewAuthority, NewKeystore {
  /** Default `ecdsa-p256`. */
  readonly algorithm?: KeyAlgorithm
}

/**
 * Creates a CA: a root, or an intermediate below `parent` that may issue to clients and servers only. Writes `ca.key`
 * (an envelope that the passphrase opens, 0600) and `ca.crt` (its chain, 0644) at once, after opening them as `openCaKeystore` does.
 *
 * @returns the new CA, open
 * @throws {SecretError} `conflict` if there is anything in the directory, half of a CA included, or if the parent has issued a
 *   CA of that name; `malformed` for the passphrase; `refused` for the name, the validity or an unsafe place; `unreachable` for I/O
 *
 * @example
 * ```ts
 * await createCa({ directory, passphrase, commonName: 'Example Root' })
 * ```
 */
export async function createCa(options: NewCa): Promise<CaKeystore> {
  const { algorithm = 'ecdsa-p256', clock = systemClock } = options
  await checkNewPassphrase(options.passphrase)
  const subject = authoritySubject(options)
  await checkVacant(options.directory)
  const { privateKey } = ALGORITHMS[algorithm].generate()
  const chain = await certify(createKeySigner(privateKey), subject, options)
  const purpose = purposeOf(options)
  const event = { action: 'create', details: { purpose, algorithm } } as const
  return writeKeystore(options, { privateKey, purpose, chain, event }, clock)
}
