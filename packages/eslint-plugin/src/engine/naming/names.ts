/** The words of `text`, which stand apart by one space. */
export const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

/** Last words that name something secret. `auth`, `session` and `tokens` are left out: they name mostly other things. */
const SECRET_WORDS = words(
  'password passwords passwd pwd pw passphrase passphrases passcode secret secrets token credential credentials ' +
    'authorization bearer jwt dsn apikey apikeys otp privatekey secretkey pgpassword',
)

/** Last words that name something secret after one of these words. */
const SECRET_PAIRS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    key: 'api private secret signing encryption master access session hmac shared auth ca account jwt cookie wrapping',
    keys: 'api private secret signing encryption',
    base: 'key',
    pass: 'db database smtp mail redis mongo mysql pg postgres admin root ftp ssh ldap bind',
    string: 'connection',
    uri: 'database db postgres redis mongo mongodb amqp',
    url: 'database db postgres redis mongo mongodb mysql amqp',
  }).map(([last, before]) => [last, words(before)]),
)

/** In every name of something secret, and in few others; spares most names the look at their words. */
const MAY_BE_SECRET = new RegExp(
  [
    ...SECRET_WORDS,
    ...Array.from(
      SECRET_PAIRS,
      ([last, before]) => `(?:${[...before].join('|')})\\d?[^A-Za-z\\d]*${last}`,
    ),
  ].join('|'),
  'i',
)

/** Last words for the form of the thing before them: `passwordText`, `apiKeyHex`. */
const FORM_WORDS = words(
  'value values text string raw plain plaintext hex base64 b64 bytes buffer data input current previous pending next',
)

/** Words that, anywhere in a name, make it speak about a secret instead of being one. */
const SAFE_WORDS = words(
  'is has had needs need should must can valid invalid public hash hashed hashes digest sha sha256 md5 crypted crypt ' +
    'encrypted encrypt encoded encode cipher wrapped sealed masked mask redacted redact safe fake dummy example placeholder ' +
    'count num max min total no missing expired fixed',
)

/** First words of a name that make it a switch: `withCredentials`, `showPassword`. */
const SWITCHES = words('with include allow use show hide toggle enable disable skip ask')

/** Last words of what holds things that are called like secrets: `routes.authorization`, `errors.password`. */
const NAMING_PLACES = words(
  'routes route endpoints endpoint urls paths messages message errors error labels label texts translations strings ' +
    'scopes types kinds fields columns names policies schema schemas placeholders icons styles classes rules validators',
)

/** Last words of what may be shown of something secret: the `length` of a token, the `host` of a connection. */
const HARMLESS_WORDS = words(
  'length len size count id ids kid name names label type kind version stage state status index format encoding ' +
    'algorithm alg host hostname port database schema user username role issuer audience subject scope fingerprint ' +
    'digest hash checksum expiry expires expiration at ttl age date path file url public nonproduction constructor',
)

/** Verbs that hand a secret out: `getPassword()`; but `checkPassword()` does not. */
const GIVING_VERBS = words(
  'get read load fetch find make create generate issue new random derive decrypt obtain resolve',
)

/** Words right before `key` or `token` if it gives no access: by it something is found, put in order, or cancelled. */
const HANDLE_WORDS = words(
  'cache list item row sort partition primary foreign idempotency storage map group query route lookup object dedupe ' +
    'cancel cancellation continuation page paging next subscription render request syntax color colour design',
)

/** Words that make a token one that gives access. */
const ADMITTING_WORDS = words(
  'access refresh reset auth api bearer admin session webhook verification verify activation invite invitation secret ' +
    'service bot deploy internal csrf xsrf cron login',
)

const HUMAN_WORDS = words(
  'password passwords passwd pwd new old current confirm repeat repeated confirmation my your',
)

/** The words of a name in camelCase, snake_case, kebab-case or CONSTANT_CASE, in lower case. */
export const wordsOf = perName(splitName)

function splitName(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .map((word) => word.toLowerCase().replace(/(?<=pass\w*|pwd|secret|key)\d$/, ''))
    .filter((word) => word !== '')
}

/** Exposes a secret, reads the environment, or has to do with all headers of a request. */
const MAY_SHOW_ALL =
  /\b(?:expose|env)\b|\breq(?:uest)?\b.*\b(?:headers|rawHeaders|cookies|signedCookies)\b/

/** Whether code of that text could have to do with a secret at all: it names one, or may show all there are. */
export function mentionsSecret(text: string): boolean {
  return MAY_BE_SECRET.test(text) || MAY_SHOW_ALL.test(text)
}

const mayBeSecret = perName((name) => MAY_BE_SECRET.test(name))

/** Whether a value of that name is probably secret: `dbPassword`, `API_KEY`; but not `passwordHash`, `tokenCount`. */
export const isSecretName = perName((name) => mayBeSecret(name) && endsSecret(wordsOf(name)))

/** Whether a call of a function of that name probably yields a secret: `getPassword`, `readApiKey`. */
export const isSecretGiver = perName((name) => {
  if (!mayBeSecret(name)) return false
  const [verb = '', ...rest] = wordsOf(name)
  return GIVING_VERBS.has(verb) && endsSecret(rest)
})

/** Whether the property `name` of something secret may be shown. */
export function isHarmlessProperty(name: string): boolean {
  return HARMLESS_WORDS.has(wordsOf(name).at(-1) ?? '')
}

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

/** Whether a secret of that name is chosen by a person, and so not to be measured in random bytes. */
export function isHumanPassword(name: string): boolean {
  return wordsOf(name).every((word) => HUMAN_WORDS.has(word))
}

/** Whether what `name` holds only goes by the names of secrets: the messages of a form, the routes of an app. */
export function isNamingPlace(name: string): boolean {
  return NAMING_PLACES.has(wordsOf(name).at(-1) ?? '')
}

function endsSecret(named: readonly string[]): boolean {
  if (SWITCHES.has(named[0] ?? '') || named.some((word) => SAFE_WORDS.has(word))) return false
  const before = named.at(-2) ?? ''
  const last = named.at(-1) ?? ''
  if (SECRET_WORDS.has(last) || SECRET_PAIRS.get(last)?.has(before) === true) return true
  return FORM_WORDS.has(last) && endsSecret(named.slice(0, -1))
}

/** More names than a file has, so that it never forgets within one; and few enough to keep. */
const MAX_NAMES = 10_000

/** Makes `judge` answer once for each name: code has few names, and uses each of them again and again. */
export function perName<Answer extends boolean | object>(
  judge: (name: string) => Answer,
): (name: string) => Answer {
  const answers = new Map<string, Answer>()
  return (name) => {
    const known = answers.get(name)
    if (known !== undefined) return known
    if (answers.size >= MAX_NAMES) answers.clear()
    const answer = judge(name)
    answers.set(name, answer)
    return answer
  }
}
