import { gzipSync } from 'node:zlib'

/** A way to spell a text. */
export interface Encoding {
  readonly name: string
  readonly spell: (text: string) => string
  /** Out of the scope that a redactor of values can declare: the README of log-redactor names it, and the suite shows the leak. */
  readonly isOutside?: boolean
}

const bytes = (text: string) => Buffer.from(text)
const json = (value: unknown) => JSON.stringify(value)
const base64 = (text: string) => bytes(text).toString('base64')
const hex = (text: string) => bytes(text).toString('hex')
const pairs = (text: string) => hex(text).match(/../g) ?? []

function base32(text: string): string {
  const bits = [...bytes(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const digits = bits.match(/.{5}/g) ?? []
  return digits.map((digit) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(digit, 2)]).join('')
}

function xml(text: string): string {
  const names = new Map([
    ['&', 'amp'],
    ['<', 'lt'],
    ['>', 'gt'],
    ['"', 'quot'],
  ])
  return text.replace(/[&<>"']/g, (character) => `&${names.get(character) ?? '#39'};`)
}

const wrap = (text: string, width: number) =>
  text.match(new RegExp(`[^]{1,${width}}`, 'g'))?.join('\n') ?? ''

/** Sixteen bytes a line behind their offset, as `hexdump` prints them. */
function dump(text: string): string {
  const rows = hex(text).match(/.{1,32}/g) ?? []
  const offset = (at: number) => (at * 16).toString(16).padStart(8, '0')
  return rows.map((row, at) => `${offset(at)}  ${row.match(/../g)?.join(' ') ?? ''}`).join('\n')
}

/** Write a row to try another one. Nothing here may be shared with the redactor. */
export const ENCODINGS: readonly Encoding[] = [
  { name: 'as it is', spell: (s) => s },
  { name: 'JSON', spell: (s) => json({ s }) },
  { name: 'JSON in JSON', spell: (s) => json({ inner: json({ s }) }) },
  { name: 'JSON in JSON in JSON', spell: (s) => json({ a: json({ b: json({ s }) }) }) },
  {
    name: 'JSON in ASCII',
    spell: (s) =>
      json({ s }).replace(
        /[<>&\u0080-\uffff]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
  },
  { name: 'percent signs', spell: encodeURIComponent },
  {
    name: 'lower-case percent signs',
    spell: (s) => encodeURIComponent(s).replace(/%../g, (c) => c.toLowerCase()),
  },
  { name: 'percent signs twice', spell: (s) => encodeURIComponent(encodeURIComponent(s)) },
  { name: 'a form', spell: (s) => new URLSearchParams({ user: 'a', password: s }).toString() },
  { name: 'JSON in a query', spell: (s) => `/?state=${encodeURIComponent(json({ s }))}` },
  { name: 'XML', spell: (s) => `<password value="${xml(s)}"/>` },
  { name: 'an argument of a shell', spell: (s) => `sh -c 'psql ${s.replaceAll("'", "'\\''")}'` },
  {
    name: 'a double-quoted argument of a shell',
    spell: (s) => `psql "${s.replace(/[\\"$`]/g, '\\$&')}"`,
  },
  { name: 'a string of SQL', spell: (s) => `password '${s.replaceAll("'", "''")}'` },
  {
    name: 'an E string of SQL',
    spell: (s) => `E'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  },
  { name: 'a field of CSV', spell: (s) => `1,"${s.replaceAll('"', '""')}",x` },
  { name: 'base64', spell: base64 },
  { name: 'base64 after one byte', spell: (s) => base64(`x${s}`) },
  { name: 'base64 after two bytes', spell: (s) => base64(`xy${s}`) },
  { name: 'Basic authorization', spell: (s) => `Basic ${base64(`app:${s}`)}` },
  {
    name: 'base64url in a token',
    spell: (s) => `e30.${bytes(json({ sub: 'a', s })).toString('base64url')}.x`,
  },
  { name: 'base64 in lines of 76', spell: (s) => wrap(base64(s.repeat(3)), 76) },
  { name: 'base64 of base64', spell: (s) => base64(base64(s)) },
  { name: 'base64 of JSON', spell: (s) => base64(json({ s, t: json({ s }) })) },
  { name: 'base64 with percent signs', spell: (s) => encodeURIComponent(base64(s)) },
  { name: 'base64 of UTF-16', spell: (s) => Buffer.from(s, 'utf16le').toString('base64') },
  { name: 'base32', spell: (s) => base32(`x${s}`) },
  { name: 'hex', spell: hex },
  { name: 'upper-case hex', spell: (s) => hex(s).toUpperCase() },
  { name: 'hex of UTF-16', spell: (s) => Buffer.from(s, 'utf16le').toString('hex') },
  { name: 'hex of base64', spell: (s) => hex(base64(s)) },
  { name: 'hex with colons', spell: (s) => pairs(s).join(':') },
  {
    name: 'hex with 0x',
    spell: (s) =>
      pairs(s)
        .map((pair) => `0x${pair.toUpperCase()}`)
        .join(', '),
  },
  { name: 'a hex dump', spell: (s) => dump(s.repeat(2)) },
  { name: 'a list of bytes', spell: (s) => json([...bytes(s)]) },
  { name: 'a Buffer in JSON', spell: (s) => json({ key: bytes(s) }) },
  {
    name: 'a Buffer in indented JSON',
    spell: (s) => JSON.stringify({ key: bytes(s) }, undefined, 2),
  },
  {
    name: 'bytes with their places',
    spell: (s) => JSON.stringify(new Uint8Array(bytes(s)), undefined, 2),
  },
  { name: 'lines of 30', spell: (s) => wrap(s.repeat(2), 30) },
  { name: 'its first 14 characters', spell: (s) => `${s.slice(0, 14)}…` },
  { name: 'its last 14 characters', spell: (s) => `…${s.slice(-14)}` },
  { name: 'backwards', spell: (s) => Array.from(s).reverse().join(''), isOutside: true },
  { name: 'ROT13', spell: rot13, isOutside: true },
  { name: 'gzip in base64', spell: (s) => gzipSync(s).toString('base64'), isOutside: true },
  {
    name: 'octal digits',
    spell: (s) => [...bytes(s)].map((b) => `\\${b.toString(8).padStart(3, '0')}`).join(''),
    isOutside: true,
  },
  { name: 'a dot after each character', spell: (s) => Array.from(s).join('.'), isOutside: true },
]

function rot13(text: string): string {
  const rotate = (character: string) => {
    const from = character <= 'Z' ? 65 : 97
    return String.fromCharCode(((character.charCodeAt(0) - from + 13) % 26) + from)
  }
  return text.replace(/[a-z]/gi, rotate)
}
