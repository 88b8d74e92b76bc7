import { inspect } from 'node:util'

/** One way in which a value can be spelled in a log line. */
export type Encoding = readonly [name: string, encode: (text: string) => string]

const lowerEscapes = (text: string) => text.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())

/** Replaces lone surrogates, which `encodeURIComponent` refuses. */
const wellFormed = (text: string) => Buffer.from(text).toString()

const percent = (text: string) => encodeURIComponent(wellFormed(text))

/** RFC 3986 also reserves what `encodeURIComponent` leaves alone. */
const percentStrict = (text: string) =>
  percent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

const form = (text: string) => new URLSearchParams([['', text]]).toString().slice(1)

function urlPassword(text: string): string {
  const url = new URL('scheme://user@host')
  url.password = text
  return url.password
}

function entities(names: Readonly<Record<string, string>>) {
  return (text: string) => text.replace(/[&<>"']/g, (c) => names[c] ?? c)
}

const ANGLES = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

const unicodeEscape = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`

/** The text that JSON.stringify puts between the quotes. */
export const jsonEscape = (text: string) => JSON.stringify(text).slice(1, -1)

/**
 * How writers of text spell a value: as it is, as a JavaScript literal (util.inspect), in URLs, forms, markup, JSON that
 * is safe for HTML (Go, Python, PHP), and on command lines. Most agree on most values; duplicates are dropped later.
 */
export const TEXT_ENCODINGS: readonly Encoding[] = [
  ['text', (text) => text],
  [
    'literal',
    (text) => inspect(text, { breakLength: Infinity, maxStringLength: null }).slice(1, -1),
  ],
  ['percent', percent],
  ['percent', (text) => lowerEscapes(percent(text))],
  ['percent', percentStrict],
  ['percent', (text) => lowerEscapes(percentStrict(text))],
  ['url', urlPassword],
  ['form', form],
  ['form', (text) => lowerEscapes(form(text))],
  ['markup', entities(ANGLES)],
  ['markup', entities({ ...ANGLES, '"': '&quot;', "'": '&apos;' })],
  ['markup', entities({ ...ANGLES, '"': '&quot;', "'": '&#39;' })],
  ['markup', entities({ ...ANGLES, '"': '&#34;', "'": '&#39;' })],
  ['markup', entities({ ...ANGLES, '"': '&quot;', "'": '&#x27;' })],
  ['json', (text) => jsonEscape(text).replace(/[<>&\u0080-\uffff]/g, unicodeEscape)],
  ['json', (text) => jsonEscape(text).replace(/[\u0080-\uffff]/g, unicodeEscape)],
  ['json', (text) => jsonEscape(text).replaceAll('/', '\\/')],
  ['shell', (text) => text.replaceAll("'", "'\\''")],
  ['shell', (text) => text.replace(/[\\"$`]/g, '\\$&')],
  ['shell', (text) => text.replaceAll('"', '\\"')],
]

type Bytes = Uint8Array<ArrayBuffer>

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

const utf8 = (text: string): Bytes => Buffer.from(text, 'utf8')
const utf16 = (text: string): Bytes => Buffer.from(text, 'utf16le')

/** RFC 4648 base32, without padding. */
function base32(bytes: Uint8Array): string {
  let text = ''
  let held = 0
  let heldBits = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    for (heldBits += 8; heldBits >= 5; heldBits -= 5) {
      text += BASE32.charAt((held >>> (heldBits - 5)) & 31)
    }
  }
  return text + BASE32.charAt((held << (5 - heldBits)) & 31)
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/**
 * The digits of `bytes` inside a longer base-2^n text in which `before` unknown bytes come first: those digits that no
 * neighbouring byte has a part in.
 */
function innerDigits(encode: (bytes: Uint8Array) => string, bits: number, before: number) {
  return (bytes: Uint8Array) => {
    const padded = new Uint8Array(before + bytes.length)
    padded.set(bytes, before)
    const from = Math.ceil((before * 8) / bits)
    return encode(padded).slice(from, Math.floor((padded.length * 8) / bits))
  }
}

const toStandard = (text: string) => text.replaceAll('-', '+').replaceAll('_', '/')

const base64At = [0, 1, 2].map((before) => innerDigits(base64, 6, before))
const base32At = [0, 1, 2, 3, 4].map((before) => innerDigits(base32, 5, before))

const list = (bytes: Uint8Array, separator: string) => [...bytes].join(separator)

/** A Uint8Array as JSON.stringify prints it, without the braces. */
const indexed = (bytes: Uint8Array) => [...bytes].map((byte, i) => `"${i}":${byte}`).join(',')

const spaced = (bytes: Uint8Array) => hex(bytes).replace(/..(?!$)/g, '$& ')

/** How printers of bytes spell the bytes of a value. Base64 and base32 at every alignment within a longer text. */
export const BYTE_ENCODINGS: readonly Encoding[] = [
  ...base64At.map((encode): Encoding => ['base64', (text) => encode(utf8(text))]),
  ...base64At.map((encode): Encoding => ['base64', (text) => toStandard(encode(utf8(text)))]),
  ...base64At.map((encode): Encoding => ['base64 utf-16', (text) => encode(utf16(text))]),
  ...base64At.map((encode): Encoding => [
    'base64 utf-16',
    (text) => toStandard(encode(utf16(text))),
  ]),
  ...base32At.map((encode): Encoding => ['base32', (text) => encode(utf8(text))]),
  ...base32At.map((encode): Encoding => ['base32', (text) => encode(utf8(text)).toLowerCase()]),
  ['hex', (text) => hex(utf8(text))],
  ['hex', (text) => hex(utf8(text)).toUpperCase()],
  ['hex utf-16', (text) => hex(utf16(text))],
  ['hex utf-16', (text) => hex(utf16(text)).toUpperCase()],
  ['buffer', (text) => spaced(utf8(text))],
  ['bytes', (text) => list(utf8(text), ',')],
  ['bytes', (text) => list(utf8(text), ', ')],
  ['bytes', (text) => indexed(utf8(text))],
]
