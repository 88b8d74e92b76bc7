import { isPlaceholder } from './placeholders.ts'
import { isSecretText } from './secret-text.ts'

/** A URL with a password in it (RFC 3986, section 3.2.1), alone or in a text. */
const URL_WITH_PASSWORD = /\b([a-z][a-z\d+.-]*):\/\/([^\s/:@'"]*):([^\s/'"]+)@[\w[]/i
/** URL schemes of databases and message brokers, which are written only to connect. */
const CONNECTION =
  /^(?:postgres(?:ql)?|mysql|mariadb|mssql|mongodb(?:\+srv)?|rediss?|amqps?|nats|ldaps?)$/i
/** Samples that documentation puts where the password stands. */
const SHOWN =
  /^(?:user|pass|pw|pwd|passwd|passw(?:or)?d|secret|token|key|credentials?|admin:password)$/i

/** The password in a URL in `text`, if it is not one that only shows where a password stands. */
export function passwordInUrl(text: string): string | undefined {
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
