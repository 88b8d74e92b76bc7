import { FORMAT_MARKS, SECRET_FORMATS } from '@rekey/log-redactor/internal/signs'
import { isSecretName } from '../naming/names.ts'
import { isSecretText } from './secret-text.ts'
import { isMadeUp, isPlaceholder } from './placeholders.ts'

const TOKEN = 'a JSON Web Token'

/** The fault of a text by itself, independent of its place. */
interface TextSecret {
  readonly messageId: 'knownFormat' | 'passwordInUrl' | 'secretInText'
  /** How messages call it: by its format, or by the name beside it. */
  readonly what: string
}

/** The value of a secret beside its name in a text; where the groups have no name, it is a password. */
const PAIRS: readonly RegExp[] = [
  // `?api_key=…` of a URL, `;AccountKey=…` of a connection string, `--password=…` and ` PGPASSWORD=…` of a command
  /(?:^|[?&;]|\s--|\s(?=[A-Z][A-Z_]{3,31}=))(?<name>[\w-]{3,32})=(?<value>[^&;\s'"]{6,})/g,
  // `"password":"…"` of JSON
  /"(?<name>[\w-]{3,32})" {0,2}: {0,2}"(?<value>[^"\\\s]{6,})"/g,
  // `CREATE ROLE app PASSWORD '…'`, `ALTER USER app IDENTIFIED BY '…'`
  /\b(?:role|user)\b.{1,80}\b(?:password|identified by) '(?<value>[^'\s]{6,})'/gi,
]
const HAS_PAIR = /=|": {0,2}"|\b(?:role|user)\b/i
/** Names of such parts that are no secrets' names elsewhere. */
const PART_NAMES = /^(?:key|appid|sig|signature|session|sid)$/i

/** The secret in `text`. */
export function secretInText(text: string): TextSecret | undefined {
  const format = formatIn(text)
  if (format !== undefined) return { messageId: 'knownFormat', what: format }
  if (text.includes('://') && passwordInUrl(text) !== undefined) {
    return { messageId: 'passwordInUrl', what: 'a password' }
  }
  if (!HAS_PAIR.test(text)) return undefined
  for (const { groups = {} } of PAIRS.flatMap((pattern) => [...text.matchAll(pattern)])) {
    const { name = 'password', value = '' } = groups
    const isSecret = isSecretName(name) || PART_NAMES.test(name)
    if (isSecret && isSecretText(value, name)) return { messageId: 'secretInText', what: name }
  }
  return undefined
}

/** A URL with a password in it (RFC 3986, section 3.2.1), alone or in a text. */
const URL_WITH_PASSWORD = /\b([a-z][a-z\d+.-]*):\/\/([^\s/:@'"]*):([^\s/'"]+)@[\w[]/i
/** URL schemes of databases and message brokers, which are written only to connect. */
const CONNECTION =
  /^(?:postgres(?:ql)?|mysql|mariadb|mssql|mongodb(?:\+srv)?|rediss?|amqps?|nats|ldaps?)$/i
/** Samples that documentation puts where the password stands. */
const SHOWN =
  /^(?:user|pass|pw|pwd|passwd|passw(?:or)?d|secret|token|key|credentials?|admin:password)$/i

/** The password in a URL in `text`, if it is not one that only shows where a password stands. */
function passwordInUrl(text: string): string | undefined {
  const [, scheme = '', , encoded] = URL_WITH_PASSWORD.exec(text) ?? []
  if (encoded === undefined) return undefined
  const password = decoded(encoded)
  if (SHOWN.test(password) || isPlaceholder(password)) return undefined
  // In a sentence, it may well be an example; then only what is drawn is certain.
  const isCertain = isSecretText(password, /\s/.test(text) ? 'secret' : 'password')
  return CONNECTION.test(scheme) || isCertain ? password : undefined
}

/** Any password in a URL in `text`, also a weak one; undefined if there is none, or only a place for one. */
export function anyPasswordInUrl(text: string): string | undefined {
  const encoded = URL_WITH_PASSWORD.exec(text)?.[3]
  return encoded === undefined || isPlaceholder(decoded(encoded)) ? undefined : decoded(encoded)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The part of `text` that has the form of a secret, and is not made up to show that form. */
function formatIn(text: string): string | undefined {
  if (!FORMAT_MARKS.test(text)) return undefined
  return SECRET_FORMATS.find(({ what, pattern }) => {
    const found = pattern.exec(text)?.[0]
    return found !== undefined && !isMadeUp(found) && !(what === TOKEN && isPublicToken(found))
  })?.what
}

/**
 * Whether a token is public: the anonymous key of a Supabase project (https://supabase.com/docs/guides/api/api-keys), or the
 * example of https://jwt.io.
 */
function isPublicToken(token: string): boolean {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
  return /"role"\s*:\s*"anon"|"sub"\s*:\s*"1234567890"/.test(payload)
}
