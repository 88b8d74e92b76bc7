/** The words of `text`, which stand apart by one space. */
export const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

/** Last words that name something secret. `auth`, `session` and `tokens` are left out: they name mostly other things. */
export const SECRET_WORDS = words(
  'password passwords passwd pwd pw passphrase passphrases passcode secret secrets token credential credentials ' +
    'authorization bearer jwt dsn apikey apikeys otp privatekey secretkey pgpassword ' +
    'sessionsecret cookiesecret jwtsecret clientsecret appsecret accesstoken refreshtoken authtoken dbpassword userpassword',
)

/** Last words that name something secret after one of these words. */
export const SECRET_PAIRS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
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
export const MAY_BE_SECRET = new RegExp(
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
export const FORM_WORDS = words(
  'value values text string raw plain plaintext hex base64 b64 bytes buffer data input current previous pending next',
)

/** Words that, anywhere in a name, make it speak about a secret instead of being one. */
export const SAFE_WORDS = words(
  'is has had needs need should must can valid invalid public hash hashed hashes digest sha sha256 md5 crypted crypt ' +
    'encrypted encrypt encoded encode cipher wrapped sealed masked mask redacted redact safe fake dummy example placeholder ' +
    'count num max min total no missing expired fixed',
)

/** Of these, the names of values made of a secret. Between two other words they are its purpose: `TOKEN_HASH_SECRET`. */
const SAFE_NOUNS = words('hash hashes digest sha sha256 md5 cipher')

/** First words of a name that make it a switch: `withCredentials`, `showPassword`. */
const SWITCHES = words('with include allow use show hide toggle enable disable skip ask')

/** Last words of what may be shown of something secret: the `length` of a token, the `host` of a connection. */
const HARMLESS_WORDS = words(
  'length len size count id ids kid name names label type kind version stage state status index format encoding ' +
    'algorithm alg host hostname port database schema user username role issuer audience subject scope fingerprint ' +
    'digest hash checksum expiry expires expiration at ttl age date path file url public nonproduction constructor',
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

/** Whether a name has the word of a secret in it. */
export const mayBeSecret = perName((name) => MAY_BE_SECRET.test(name))

/** Whether a value of that name is probably secret: `dbPassword`, `API_KEY`; but not `passwordHash`, `tokenCount`. */
export const isSecretName = perName((name) => mayBeSecret(name) && endsSecret(wordsOf(name)))

/** Whether the property `name` of something secret may be shown. */
export function isHarmlessProperty(name: string): boolean {
  return HARMLESS_WORDS.has(wordsOf(name).at(-1) ?? '')
}

/** Whether the last of the words of a name make it that of a secret. */
export function endsSecret(named: readonly string[]): boolean {
  return secretWord(named) !== undefined
}

/** The words that make a name that of a secret: `password` of `userPasswordText`, `api key` of `x-api-key`. */
export function secretWord(named: readonly string[]): string | undefined {
  if (SWITCHES.has(named[0] ?? '') || named.some(isSafeWord)) return undefined
  const before = named.at(-2) ?? ''
  const last = named.at(-1) ?? ''
  if (SECRET_WORDS.has(last)) return last
  if (SECRET_PAIRS.get(last)?.has(before) === true) return `${before} ${last}`
  return FORM_WORDS.has(last) ? secretWord(named.slice(0, -1)) : undefined
}

function isSafeWord(word: string, index: number, { length }: readonly string[]): boolean {
  const isBetween = index > 0 && index < length - 1
  return SAFE_WORDS.has(word) && !(isBetween && SAFE_NOUNS.has(word))
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
