import { isPlaceholder } from './placeholders.ts'
import { isSecretText } from './secret-text.ts'

/** RFC 9110, section 11.4: the scheme, and one token68. */
const CREDENTIALS = /^\s*([A-Za-z][\w-]*)\s+([\w.~+/-]+=*)\s*$/
const SHOWN_PASSWORD = /^(?:pass(?:word|wd)?|pwd|secret)?$/i

/** Whether `text`, as an Authorization header, has credentials in it and not only a scheme, or a place for them. */
export function hasCredentials(text: string): boolean {
  const [, scheme = '', token = ''] = CREDENTIALS.exec(text) ?? []
  if (token === '' || isPlaceholder(token)) return false
  return scheme.toLowerCase() === 'basic' ? hasPassword(token) : isSecretText(token, 'token')
}

/** RFC 7617, section 2: `user:password` in base64. */
function hasPassword(token: string): boolean {
  const [, password = ''] = /^[^:]*:(.*)$/.exec(Buffer.from(token, 'base64').toString()) ?? []
  return !SHOWN_PASSWORD.test(password) && !isPlaceholder(password)
}
