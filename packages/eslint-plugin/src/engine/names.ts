const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

/** Last words that name something secret. `auth`, `session` and `tokens` are left out: they name mostly other things. */
const SECRET_WORDS = words(
  'password passwords passwd pwd pw passphrase passphrases passcode secret secrets token credential credentials ' +
    'authorization bearer jwt dsn apikey apikeys otp privatekey secretkey',
)

/** Last words that name something secret after one of these words. */
const SECRET_PAIRS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    key: 'api private secret signing encryption master access session hmac shared auth ca account',
    keys: 'api private secret signing encryption',
    string: 'connection',
    url: 'database db postgres redis mongo amqp',
  }).map(([last, before]) => [last, words(before)]),
)

/** Last words that only say in which form the thing before them is: `passwordText`, `apiKeyHex`. */
const FORM_WORDS = words(
  'value values text string raw plain plaintext hex base64 b64 bytes buffer data input current previous pending next',
)

/** Words that, anywhere in a name, make it speak about a secret instead of being one. */
const SAFE_WORDS = words(
  'is has had needs need should must can valid invalid public hash hashed hashes digest sha sha256 md5 crypted crypt ' +
    'encrypted encrypt encoded encode cipher wrapped sealed masked mask redacted redact safe fake dummy example placeholder ' +
    'count num max min total no missing expired fixed',
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

const HUMAN_WORDS = words(
  'password passwords passwd pwd new old current confirm repeat repeated confirmation my your',
)

/** The words of a name in camelCase, snake_case, kebab-case or CONSTANT_CASE, in lower case. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .map((word) => word.toLowerCase().replace(/(?<=\D{3})\d$/, ''))
    .filter((word) => word !== '')
}

/** Whether a value of that name is probably secret: `dbPassword`, `API_KEY`; but not `passwordHash`, `tokenCount`. */
export function isSecretName(name: string): boolean {
  return endsSecret(wordsOf(name))
}

/** Whether a call of a function of that name probably yields a secret: `getPassword`, `readApiKey`. */
export function isSecretGiver(name: string): boolean {
  const [verb = '', ...rest] = wordsOf(name)
  return GIVING_VERBS.has(verb) && endsSecret(rest)
}

/** Whether the property `name` of something secret may be shown. */
export function isHarmlessProperty(name: string): boolean {
  return HARMLESS_WORDS.has(wordsOf(name).at(-1) ?? '')
}

/** Whether a value of that name serves as a key, so that it has to be long: a secret name, or one that ends in `key`. */
export function isKeyName(name: string): boolean {
  const named = wordsOf(name)
  return (
    endsSecret(named) || (named.at(-1) === 'key' && !named.some((word) => SAFE_WORDS.has(word)))
  )
}

/** Whether a secret of that name is chosen by a person, and so not to be measured in random bytes. */
export function isHumanPassword(name: string): boolean {
  return wordsOf(name).every((word) => HUMAN_WORDS.has(word))
}

function endsSecret(named: readonly string[]): boolean {
  if (named.some((word) => SAFE_WORDS.has(word))) return false
  const before = named.at(-2) ?? ''
  const last = named.at(-1) ?? ''
  if (SECRET_WORDS.has(last) || SECRET_PAIRS.get(last)?.has(before) === true) return true
  return FORM_WORDS.has(last) && endsSecret(named.slice(0, -1))
}
