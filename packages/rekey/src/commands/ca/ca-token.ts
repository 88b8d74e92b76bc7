import { type CaKeystore, createPkcs11Ca, type NewCa } from '@rekey/ca-keystore'
import type { TokenAlgorithm } from '@rekey/ca-keystore/internal'
import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { UsageError } from '../failure.ts'
import { libraryAt, reaching } from '../open-ca.ts'
import { readPassphrase } from '../read-passphrase.ts'

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
