import type { CaKeystore } from '../ca-keystore.ts'
import { createPkcs11Ca } from '../pkcs11/create-pkcs11-ca.ts'
import type { NewCa } from '../create-ca.ts'
import type { TokenAlgorithm } from '../pkcs11/token-algorithms.ts'
import { type CliContext, type Command, UsageError } from '@rekey/rekey/internal/command'
import { libraryAt, reaching } from './open-ca-in.ts'
import { readPassphrase } from './read-passphrase.ts'

/** Flags of a CA that is created, as far as its token needs them. */
interface TokenFlags {
  readonly token?: string
  readonly module?: string
  readonly algorithm?: string
  readonly passphraseFile?: string
  readonly passphraseOut?: string
}

const ALGORITHMS: readonly (string | undefined)[] = [
  'ecdsa-p256',
  'rsa-3072',
  undefined,
] satisfies (TokenAlgorithm | undefined)[]

/** Adds the flags of a token that makes the key of a new CA. */
export function inToken(command: Command): Command {
  return reaching(command).option(
    '--token <label>',
    'the PKCS#11 token that makes and keeps its key',
  )
}

/**
 * Creates a CA whose key a token makes, by the PIN that the flag of the passphrase names.
 *
 * @throws {UsageError} without a library or a PIN, for an algorithm that tokens do not have here, or for a PIN to be generated
 * @throws {SecretError} as `createPkcs11Ca`
 */
export async function createInToken(
  token: string,
  flags: TokenFlags,
  wanted: Omit<NewCa, 'passphrase' | 'algorithm'>,
  context: CliContext,
): Promise<CaKeystore> {
  const { module, passphraseFile, passphraseOut, algorithm } = flags
  if (module === undefined || passphraseFile === undefined || passphraseOut !== undefined) {
    throw new UsageError(
      'a token needs its library and its PIN, which is set where the token was made: name --module FILE and --passphrase-file FILE',
    )
  }
  if (!ALGORITHMS.includes(algorithm)) {
    throw new UsageError('a key in a token is of --algorithm ecdsa-p256 or rsa-3072')
  }
  using pin = await readPassphrase(passphraseFile, '--passphrase-file', context)
  return await createPkcs11Ca({
    ...{ ...wanted, token, pin: pin.value, attended: true },
    module: libraryAt(module, context),
    ...(algorithm !== undefined && { algorithm: algorithm as TokenAlgorithm }),
  })
}
