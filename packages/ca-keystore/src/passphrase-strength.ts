import { installCommand } from '@rekey/secret/internal'
import { NON_PRODUCTION_PREFIX, SecretError } from '@rekey/secret'
import { isGenerated } from './generate-passphrase.ts'
import { bytesOf, checkPassphrase, type SecretText } from './passphrase.ts'

/**
 * The fewest guesses, as a power of ten, that a passphrase of a person's own must withstand. With scrypt at N = 2^17, a machine with a
 * thousand cores that makes 3,000 guesses a second would take ten to the power of eleven years.
 */
const MIN_GUESSES_LOG10 = 22

/**
 * Checks a passphrase that is to open a key from now on: a generated one by its checksum, any other by the estimate of zxcvbn, which
 * knows dictionaries, keyboards, dates and repetitions (Wheeler, USENIX Security 2016). Of one that was not generated a string is made, since
 * zxcvbn takes nothing else.
 *
 * @throws {SecretError} `malformed` for one that is too weak or against the rule; `refused` if it was not generated and
 *   `@zxcvbn-ts/core` is not installed
 */
export async function checkNewPassphrase(passphrase: SecretText): Promise<void> {
  checkPassphrase(passphrase.expose())
  using bytes = bytesOf(passphrase)
  if (isGenerated(bytes.expose())) return
  const material = bytes.expose().toString().replace(NON_PRODUCTION_PREFIX, '')
  if ((await guessesLog10(material)) >= MIN_GUESSES_LOG10) return
  const message = 'the CA passphrase can be guessed; use one that generatePassphrase makes'
  throw new SecretError('malformed', message, { reason: 'passphrase-strength' })
}

async function guessesLog10(text: string): Promise<number> {
  const [{ ZxcvbnFactory }, common, english] = await loadEstimator()
  const dictionary = { ...common.dictionary, ...english.dictionary }
  const estimator = new ZxcvbnFactory({ dictionary, graphs: common.adjacencyGraphs })
  return estimator.check(text).guessesLog10
}

const ESTIMATOR = ['@zxcvbn-ts/core', '@zxcvbn-ts/language-common', '@zxcvbn-ts/language-en']

async function loadEstimator() {
  try {
    return await Promise.all([
      import('@zxcvbn-ts/core'),
      import('@zxcvbn-ts/language-common'),
      import('@zxcvbn-ts/language-en'),
    ])
  } catch {
    throw new SecretError(
      'refused',
      'the CA passphrase was not generated, and nothing is installed that could judge it; use one that generatePassphrase makes, or ' +
        installCommand(import.meta.url, '@rekey/ca-keystore', ...ESTIMATOR),
      { reason: 'passphrase-strength' },
    )
  }
}
