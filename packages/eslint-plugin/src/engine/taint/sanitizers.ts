import type { CallExpression, Node } from '../syntax/nodes.ts'
import { annotationOf, pathOfType, writtenResultOf } from '../code/annotations.ts'
import type { Flow } from './flow.ts'
import { words, wordsOf } from '../naming/names.ts'
import { givenRow } from '../graph/given-row.ts'
import { showsPartOfPassword } from './password-parts.ts'
import { lastName } from '../syntax/paths.ts'

/** Anywhere in the name of a function, they mark its result as safe. */
const SANITIZER_WORDS = words(
  'redact redacted mask masked scrub sanitize censor obfuscate hash hashed hmac digest sha sha1 sha256 sha512 md5 fingerprint ' +
    'encrypt encrypted crypt bcrypt argon2 scrypt verify verified compare equal equals matches has is',
)

/** Anywhere in the name of a type, they mark its values as safe. */
const SAFE_ADJECTIVES = words('redacted masked hashed encrypted scrubbed censored obfuscated')

/** At the end of the name of a type; a `HashMap` is no hash. */
const SAFE_NOUNS = words('hash hmac digest fingerprint ciphertext checksum')

/** Whether `call` gives something safe, going by the models and by its name: `redact(x)`, `hash.digest()`, `isValid(x)`; or by its code, if the file has it. */
export function isSanitizer(call: CallExpression, { sanitizers, code }: Flow): boolean {
  const { callee } = call
  const name = lastName(callee)
  if (name === undefined) return false
  if (sanitizers.has(name) || givenRow(call, code.source)?.kind === 'safe') return true
  if (!wordsOf(name).some((word) => SANITIZER_WORDS.has(word))) return false
  const owner = code.functionOf(callee)
  return owner === undefined || !showsPartOfPassword(owner, code.source)
}

/** Whether `node` shows nothing by its type: a number, a boolean, `RedactedText`, `KeyFingerprint`. */
export function isSafeByType(node: Node, { source, code, types }: Flow): boolean {
  if (types?.isInert(node) === true) return true
  if (types?.isAlways(node, isSafeType) === true) return true
  const written =
    node.type === 'CallExpression'
      ? (types?.writtenResultOf(node) ?? writtenResultOf(node, code))
      : annotationOf(node, source)
  return written !== undefined && isSafeType(written)
}

/** Whether `node` is declared safe where it stands: `text as Redacted`. */
export function isCastToSafe(node: Node, { source }: Pick<Flow, 'source'>): boolean {
  if (node.type !== 'TSAsExpression') return false
  const written = pathOfType(node.typeAnnotation, source)
  return (written !== undefined && isSafeType(written)) || isCastToSafe(node.expression, { source })
}

function isSafeType(name: string): boolean {
  const named = wordsOf(name.split('.').at(-1) ?? '')
  return named.some((word) => SAFE_ADJECTIVES.has(word)) || SAFE_NOUNS.has(named.at(-1) ?? '')
}
