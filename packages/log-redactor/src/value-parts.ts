import { createPrivateKey } from 'node:crypto'

/** A text that must not be printed, and the part of it that is secret where the rest is public. */
export interface ValuePart {
  readonly text: string
  readonly within?: readonly [from: number, to: number]
}

/** Reads the parts of a value of one form; `undefined` if it has another form. */
type ReadParts = (value: string) => readonly ValuePart[] | undefined

const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[^-]+-----END/
/** The private members of a JSON Web Key: RFC 7518 section 6.2.2 and 6.3.2. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const

/** The private numbers of a key, as bytes: the rest of its file is also in its certificate. */
const readPrivateKey: ReadParts = (value) => {
  if (!PRIVATE_KEY.test(value)) return undefined
  try {
    const key = createPrivateKey(value).export({ format: 'jwk' })
    return PRIVATE_MEMBERS.flatMap((name) => {
      const number = key[name]
      return number === undefined ? [] : [{ text: bytesOf(number, 'base64url') }]
    })
  } catch {
    // Whatever it is, all of it is secret.
    return undefined
  }
}

const ENCRYPTED_KEY = /^-----(BEGIN|END) /

/** The lines of a file, because printers break at line ends. The armour of a PEM file is not secret. */
const readLines: ReadParts = (value) => {
  const lines = value.split(/\r?\n/)
  if (lines.length === 1) return undefined
  const secret = lines.filter((line) => !ENCRYPTED_KEY.test(line))
  return [{ text: value }, ...secret.map((text) => ({ text }))]
}

const USERINFO = /^[a-z][\w+.-]*:\/\/(?:[^/?#@:]*:)?([^/?#@]+)@/i
const URL_SECRET = /^https?:\/\/[^/?#]+[/?#]/i

/** The password of a URL as it is spelled there and as it is meant; else its path and query, such as those of a webhook. */
const readUrl: ReadParts = (value) => {
  const [all, password = ''] = USERINFO.exec(value) ?? []
  if (all !== undefined) {
    const from = all.length - password.length - 1
    const within = [from, from + password.length] as const
    return [{ text: value, within }, { text: unescapedPercent(password) }]
  }
  const [origin] = URL_SECRET.exec(value) ?? []
  return origin === undefined ? undefined : [{ text: value, within: [origin.length, value.length] }]
}

function unescapedPercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const TOKEN = /^(eyJ[\w-]+\.[\w-]+\.)([\w-]+)$/

/** The signature of a JSON Web Token: its header is that of many others. */
const readToken: ReadParts = (value) => {
  const [, head] = TOKEN.exec(value) ?? []
  return head === undefined ? undefined : [{ text: value, within: [head.length, value.length] }]
}

const MOST_MEMBERS = 1_000

/** Each text in a JSON document, beside the whole. */
const readJson: ReadParts = (value) => {
  if (!/^\s*[[{]/.test(value)) return undefined
  const texts: ValuePart[] = []
  try {
    JSON.parse(value, (_, member: unknown) => {
      if (typeof member === 'string' && texts.length < MOST_MEMBERS) texts.push({ text: member })
      return member
    })
  } catch {
    return undefined
  }
  return [{ text: value }, ...texts.flatMap((part) => valueParts(part.text))]
}

const HEX = /^(?:[0-9a-f]{2}){16,}$/i
const BASE64 = /^(?=.*[A-Z])(?=.*[a-z])(?:[\w-]{32,}|[A-Za-z\d+/]{32,}={0,2})$/

/** The bytes of a key that is written in hexadecimal or base64. */
const readBytes: ReadParts = (value) => {
  if (HEX.test(value)) return [{ text: value }, { text: bytesOf(value, 'hex') }]
  if (BASE64.test(value)) return [{ text: value }, { text: bytesOf(value, 'base64') }]
  return undefined
}

/** A prefix that names the vendor or the environment: `rk_prod_`, `sk-live-`. */
const PREFIX = /^(?:[a-z]{2,8}[_-]){1,3}(?=[\w-]{12})/

const readPrefixed: ReadParts = (value) => {
  const [prefix] = PREFIX.exec(value) ?? []
  if (prefix === undefined || value.includes(' ')) return undefined
  return [{ text: value, within: [prefix.length, value.length] }]
}

const bytesOf = (text: string, encoding: 'hex' | 'base64' | 'base64url') =>
  Buffer.from(text, encoding).toString('latin1')

const READERS: readonly ReadParts[] = [
  readPrivateKey,
  readJson,
  readLines,
  readUrl,
  readToken,
  readPrefixed,
  readBytes,
]

/** The texts to find for a value, by its form: a key in a file is found as bytes, too, and a host name is no secret. */
export function valueParts(value: string): readonly ValuePart[] {
  for (const read of READERS) {
    const parts = read(value)
    if (parts !== undefined) return parts
  }
  return [{ text: value }]
}
