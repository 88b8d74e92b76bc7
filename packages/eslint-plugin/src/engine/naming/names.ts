import {
  endsSecret,
  isHarmlessProperty,
  isSecretName,
  MAY_BE_SECRET,
  mayBeSecret,
  perName,
  SAFE_WORDS,
  words,
  wordsOf,
} from '@rekey/log-redactor/internal/signs'

export {
  isHarmlessProperty,
  isSecretName,
  perName,
  words,
  wordsOf,
} from '@rekey/log-redactor/internal/signs'

/** Last words of what holds things that are called like secrets: `routes.authorization`, `errors.password`. */
const NAMING_PLACES = words(
  'routes route endpoints endpoint urls paths messages message errors error labels label texts translations strings ' +
    'scopes types kinds fields columns names policies schema schemas placeholders icons styles classes rules validators ' +
    'files file folders folder',
)

/** Verbs that hand a secret out: `getPassword()`; but `checkPassword()` does not. */
const GIVING_VERBS = words(
  'get read load fetch find make create generate issue new random derive decrypt obtain resolve',
)

/** Words right before `key` or `token` if it gives no access: by it something is found, put in order, or cancelled. */
const HANDLE_WORDS = words(
  'cache list item row sort partition primary foreign idempotency storage map group query route lookup object dedupe ' +
    'cancel cancellation continuation page paging pagination next subscription render request syntax color colour design value pair fee',
)

/** Words that make a token one that gives access. */
const ADMITTING_WORDS = words(
  'access refresh reset auth api bearer admin session webhook verification verify activation invite invitation secret ' +
    'service bot deploy internal csrf xsrf cron login',
)

const HUMAN_WORDS = words(
  'password passwords passwd pwd new old current confirm repeat repeated confirmation my your',
)

/** Exposes a secret, reads the environment, or has to do with all headers of a request, a login or the options of a client. */
const MAY_SHOW_ALL =
  /\b(?:expose|env|pass)\b|\bconfig\??\.headers\b|(?:[Rr]edis|[Mm]ongo|[Pp]g|[Pp]ostgres|[Mm]y[Ss][Qq][Ll]|[Aa]mqp)\w{0,40}(?:Options|Config)\b|\bpg\b|\breq(?:uest)?\b.*\b(?:headers|rawHeaders|cookies|signedCookies)\b/

/** Whether code of that text could have to do with a secret at all: it names one, or may show all there are. */
export function mentionsSecret(text: string): boolean {
  return MAY_BE_SECRET.test(text) || MAY_SHOW_ALL.test(text)
}

/** Whether a call of a function of that name probably yields a secret: `getPassword`, `readApiKey`. */
export const isSecretGiver = perName((name) => {
  if (!mayBeSecret(name)) return false
  const [verb = '', ...rest] = wordsOf(name)
  return GIVING_VERBS.has(verb) && endsSecret(rest)
})

/** Whether a name is that of a value about a secret, not of a secret: `secretName`, `tokenHash`, `id`. */
export function isNameOfFact(name: string): boolean {
  return isHarmlessProperty(name) || isAboutSecret(name)
}

/** Whether a name has the word of a secret in it, and is not that of one: `tokenId`, `passwordHash`. */
export function isAboutSecret(name: string): boolean {
  return mayBeSecret(name) && !isSecretName(name)
}

/** Whether a value of that name serves as a key, so that it has to be long: a secret name, or one that ends in `key`. */
export const isKeyName = perName((name) => {
  if (!mayBeSecret(name) && !/key/i.test(name)) return false
  if (isHandleName(name)) return false
  const named = wordsOf(name)
  return (
    endsSecret(named) || (named.at(-1) === 'key' && !named.some((word) => SAFE_WORDS.has(word)))
  )
})

/** Whether a key or token of that name gives no access: `cacheKey`, `cancelToken`. */
export function isHandleName(name: string): boolean {
  return HANDLE_WORDS.has(wordsOf(name).at(-2) ?? '')
}

/** Whether a token of that name gives access: `resetToken`; a mere `token` may be a parser's, or a number of something. */
export function isAdmittingToken(name: string): boolean {
  const named = wordsOf(name)
  return named.includes('token') && named.some((word) => ADMITTING_WORDS.has(word))
}

/** Last words of what is known beside a secret, and never has it within: of `username`, and not of `user`. */
const PLAIN_WORDS = words('username email hostname port role')

/** Whether a value of that name holds no secret, wherever it comes from: `username`, `accessKeyId`. */
export function isPlainName(name: string): boolean {
  const named = wordsOf(name)
  return PLAIN_WORDS.has(named.at(-1) ?? '') || (named.length > 1 && named.at(-1) === 'id')
}

/** Whether a secret of that name is chosen by a person, and so not to be measured in random bytes. */
export function isHumanPassword(name: string): boolean {
  return wordsOf(name).every((word) => HUMAN_WORDS.has(word))
}

/** Whether what `name` holds only goes by the names of secrets: the messages of a form, the routes of an app. */
export function isNamingPlace(name: string): boolean {
  return NAMING_PLACES.has(wordsOf(name).at(-1) ?? '')
}
