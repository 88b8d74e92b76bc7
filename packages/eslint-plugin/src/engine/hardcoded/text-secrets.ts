import { isSecretName } from '../naming/names.ts'
import { formatIn } from './secret-formats.ts'
import { isSecretText } from './secret-text.ts'
import { passwordInUrl } from './url-password.ts'

/** The fault of a text by itself, independent of its place. */
export interface TextSecret {
  readonly messageId: 'knownFormat' | 'passwordInUrl' | 'secretInText'
  /** How messages call it: by its format, or by the name beside it. */
  readonly what: string
}

/** `?api_key=…` of a URL, `;AccountKey=…` of a connection string. */
const PAIR = /(?:^|[?&;])([\w-]{3,32})=([^&;\s'"]{6,})/g
/** Names of such parts that are no secrets' names elsewhere. */
const PART_NAMES = /^(?:key|appid|sig|signature)$/i

/** The secret in `text`. */
export function secretInText(text: string): TextSecret | undefined {
  const format = formatIn(text)
  if (format !== undefined) return { messageId: 'knownFormat', what: format }
  if (text.includes('://') && passwordInUrl(text) !== undefined) {
    return { messageId: 'passwordInUrl', what: 'a password' }
  }
  if (!text.includes('=')) return undefined
  const pair = [...text.matchAll(PAIR)].find(
    ([, name = '', value = '']) =>
      (isSecretName(name) || PART_NAMES.test(name)) && isSecretText(value, name),
  )
  return pair?.[1] === undefined ? undefined : { messageId: 'secretInText', what: pair[1] }
}
