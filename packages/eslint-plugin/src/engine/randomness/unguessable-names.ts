import {
  isAdmittingToken,
  isHandleName,
  isSecretGiver,
  isSecretName,
  perName,
  words,
  wordsOf,
} from '../naming/names.ts'

/** Last words of names that must be unguessable, beside those that name a secret. */
const UNGUESSABLE_WORDS = words(
  'salt iv nonce csrf xsrf totp entropy sessionid jsessionid phpsessid sessid',
)

/** Last words of names that must be unguessable after one of these words. */
const UNGUESSABLE_PAIRS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    id: 'session',
    code:
      'reset invite invitation verification verify activation confirmation confirm recovery backup access auth login ' +
      'security session pin otp time',
    codes: 'recovery backup',
    verifier: 'code',
    key: 'license licence activation reset invite product serial',
    pin: 'user login access card account security',
    state: 'oauth',
  }).map(([last, before]) => [last, words(before)]),
)

/** Words for what is only made up, for tests and demonstrations. */
const MADE_UP_WORDS = words(
  'fake mock dummy demo sample example seed fixture stub story placeholder',
)

/** Last words of names for what may be a number, of which numbers are seldom secret: `const token = ++count`. */
const NUMBERING_WORDS = words('token nonce')

/** Verbs of functions that make something, beside those that hand a secret out. */
const MAKING_VERBS = words(
  'get make create generate generator issue new random build gen derive compute',
)

/** In every name that ends so, and in few others; spares most names the look at their words. */
const MAY_BE_UNGUESSABLE = /salt|iv|nonce|csrf|xsrf|totp|entropy|sess|code|oauth|key|pin/i

/** Whether a value of that name must be unguessable: a secret, a salt, a session id, a code that identifies a user. */
export const isUnguessableName = perName((name) => {
  const isSecret = isSecretName(name)
  if (!isSecret && !MAY_BE_UNGUESSABLE.test(name)) return false
  if (isHandleName(name) || isMakeBelieve(name)) return false
  const named = wordsOf(name)
  const last = named.at(-1) ?? ''
  return (
    isSecret ||
    UNGUESSABLE_WORDS.has(last) ||
    UNGUESSABLE_PAIRS.get(last)?.has(named.at(-2) ?? '') === true
  )
})

/** Whether the result of a function of that name must be unguessable: `createSessionId`, `otpGenerator`, `sessionSecret`. */
export const isUnguessableGiver = perName((name) => {
  if (isUnguessableName(name)) return true
  const named = wordsOf(name)
  const made = MAKING_VERBS.has(named.at(-1) ?? '') ? named.slice(0, -1) : named.slice(1)
  const isMaker = named.some((word) => MAKING_VERBS.has(word)) || isSecretGiver(name)
  return isMaker && isUnguessableName(made.join('-'))
})

/** Whether numbers of that name mostly number things, and texts are secret. */
export function isNumberingName(name: string): boolean {
  return NUMBERING_WORDS.has(wordsOf(name).at(-1) ?? '') && !isAdmittingToken(name)
}

/** Whether a function of that name makes things up. */
export function isMakeBelieve(name: string): boolean {
  return wordsOf(name).some((word) => MADE_UP_WORDS.has(word))
}
