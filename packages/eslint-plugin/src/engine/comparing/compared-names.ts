import {
  isAdmittingToken,
  isHandleName,
  isHumanPassword,
  isSecretName,
  words,
  wordsOf,
} from '../naming/names.ts'

/**
 * How surely a name shows that an attacker has to guess its value: `apiKey` is `strong`, and so is `resetToken`; `token` and
 * `signature` are `weak`, since parsers and compilers have them too.
 */
export type NameStrength = 'strong' | 'weak'

const WEAK_WORDS = words('token signature sig csrf xsrf hmac pass')

/** Words for the form or the place of a value. */
const FORM_WORDS = words(
  'hex base64 base64url header value buffer raw text bytes string param field 1 256 512',
)

/** Last words of what is no secret, and so makes no comparison one of secrets. */
const HARMLESS_WORDS = words(
  'email mail login user username name names id ids kid type kind version stage label index length size count scheme prefix ' +
    'suffix marker separator delimiter pattern format regex regexp placeholder expiry expires role scope issuer audience',
)

/** Words of signatures that are computed or presented. */
const VERIFYING_WORDS = words(
  'expected computed calculated generated received provided presented given webhook request server hub hmac x',
)

/** Words for what a value was or will be: who compares it with that asks whether it changed. */
const CHANGE_WORDS = words(
  'prev previous last old next cached saved initial original default before after draft latest other',
)

/** Words of a parser that has a token in mind. */
const PARSER_WORDS = words(
  'open close opening closing start end begin stop first lookahead peek separator delimiter eof current',
)

const DIGEST_WORDS = words('hash hashed digest hmac mac')

/** Words of lists that are looked through to refuse a caller. */
const REFUSING_WORDS = words(
  'bad common weak revoked blocked blacklisted denied banned breached leaked forbidden used seen expired',
)

const LIST_WORDS = words('tokens secrets passwords apikeys signatures')
const ADMITTING_LIST_WORDS = words(
  'valid allowed api known accepted active authorized access admin auth bearer client service webhook signing',
)

/** Words right before `keys` that make them secrets; most keys are names of properties: `allowedKeys`. */
const SECRET_KEYS = words(
  'api access secret private signing encryption admin client service webhook',
)

/** Last words for the place of a server: it is compared to see whether it changed. */
const PLACE_WORDS = words('string url uri dsn')

/** How surely a value of that name is secret; undefined if it is not. */
export function strengthOfName(name: string): NameStrength | undefined {
  const named = wordsOf(name).filter((word, index) => index === 0 || !FORM_WORDS.has(word))
  if (isRefusedName(name) || isHandleName(name)) return undefined
  if (PLACE_WORDS.has(wordsOf(name).at(-1) ?? '')) return undefined
  if (!WEAK_WORDS.has(named.at(-1) ?? '')) return isSecretName(name) ? 'strong' : undefined
  return isAdmittingToken(name) ? 'strong' : 'weak'
}

/** Whether a signature of that name is being verified, and not one of a function or of a state that may have changed. */
export function isVerifiedName(name: string): boolean {
  const named = wordsOf(name)
  return !named.includes('signature') || named.some((word) => VERIFYING_WORDS.has(word))
}

/** Whether a value of that name is a signature, which is compared in any case of its hexadecimal digits. */
export function isSignatureName(name: string): boolean {
  return /(?:^|[^a-z])(?:sig|signature|hmac|mac|digest|hash)$/i.test(wordsOf(name).join(' '))
}

/** Whether a value of that name is made of another one, so that it is compared with what should be made of a secret. */
export function isDigestName(name: string): boolean {
  return wordsOf(name).some((word) => DIGEST_WORDS.has(word))
}

/** Whether a list of that name holds the secrets of those who may come in: `apiKeys`, `validTokens`. */
export function isSecretList(name: string): boolean {
  const named = wordsOf(name)
  if (named.some((word) => REFUSING_WORDS.has(word))) return false
  const last = named.at(-1) ?? ''
  if (last === 'keys') return SECRET_KEYS.has(named.at(-2) ?? '')
  if (!LIST_WORDS.has(last)) return false
  return isSecretName(name) || named.some((word) => ADMITTING_LIST_WORDS.has(word))
}

/** Whether a value of that name is no secret: an email address, a prefix. */
export function isHarmlessName(name: string): boolean {
  return HARMLESS_WORDS.has(wordsOf(name).at(-1) ?? '')
}

/** Whether a value of that name is one of those by which a caller is refused: `badPassword`, `revokedToken`. */
export function isRefusedName(name: string): boolean {
  return wordsOf(name).some((word) => REFUSING_WORDS.has(word))
}

/** Whether a value of that name is what another value was or will be: `next`, `previous`. */
export function isChangeName(name: string): boolean {
  const named = wordsOf(name)
  return named.length > 0 && named.every((word) => CHANGE_WORDS.has(word))
}

/** Whether the two names are of one thing at two times: `token` and `lastToken`. */
export function areOneThing(one: string, other: string): boolean {
  const [left, right] = [one, other].map(wordsOf) as [string[], string[]]
  const without = (named: string[]) => named.filter((word) => !CHANGE_WORDS.has(word)).join(' ')
  const isChange = [...left, ...right].some((word) => CHANGE_WORDS.has(word))
  return isChange && without(left) === without(right)
}

/** Whether these are two of a kind, of which one is no request: `a` and `b`, `prevProps` and `nextProps`, `other`. */
export function arePeers(one: string, other: string): boolean {
  const names = [one, other]
  return (
    names.every(({ length }) => length === 1) ||
    names.join() === 'left,right' ||
    names.some((name) => wordsOf(name).some((word) => CHANGE_WORDS.has(word)))
  )
}

/** Whether a person gave both: `password` and `confirmPassword`, `newPassword` and `oldPassword`. */
export function areOnePersons(one: string, other: string): boolean {
  return one !== other && isHumanPassword(one) && isHumanPassword(other)
}

/** Whether the name is one that a parser gives a token: `closeToken`. */
export function isParserName(name: string): boolean {
  return wordsOf(name).some((word) => PARSER_WORDS.has(word) || CHANGE_WORDS.has(word))
}
