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
