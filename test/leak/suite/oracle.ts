import { gunzipSync } from 'node:zlib'

/** How much of a secret, from its start or its end, is too much. */
const TELLING = 12
/** Escapes within escapes, and encodings within encodings. */
const MOST_ESCAPES = 5
const MOST_ENCODINGS = 2

const latin1 = (buffer: Uint8Array) => Buffer.from(buffer).toString('latin1')
const utf8AsLatin1 = (text: string) => latin1(Buffer.from(text))
const runs = (text: string, run: RegExp) => text.match(run) ?? []

/** Escapes of JSON, JavaScript and shells. */
function unescape(text: string): string {
  const control = new Map([
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
    ['b', '\b'],
    ['f', '\f'],
  ])
  return text.replace(/\\(?:u([0-9a-f]{4})|(.))/gi, (_, code?: string, c = '') =>
    code === undefined
      ? (control.get(c as string) ?? (c as string))
      : String.fromCharCode(parseInt(code, 16)),
  )
}

const unpercent = (text: string) =>
  utf8AsLatin1(text.replaceAll('+', ' ')).replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )

function unxml(text: string): string {
  const named = new Map([
    ['amp', '&'],
    ['lt', '<'],
    ['gt', '>'],
    ['quot', '"'],
  ])
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => named.get(name) ?? "'")
}

const shifts = (run: string, period: number) =>
  Array.from({ length: period }, (_, at) => run.slice(at))

function fromBase32(text: string): string {
  const digit = (c: string) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c)
  const bits = Array.from(text, (c) => digit(c).toString(2).padStart(5, '0')).join('')
  return String.fromCharCode(...(bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
}

function gunzip(run: string): string[] {
  try {
    return [latin1(gunzipSync(Buffer.from(run, 'base64')))]
  } catch {
    return []
  }
}

const rot13 = (text: string) =>
  text.replace(/[a-z]/gi, (c) => {
    const from = c <= 'Z' ? 65 : 97
    return String.fromCharCode(((c.charCodeAt(0) - from + 13) % 26) + from)
  })

/** The bytes that runs of a text may be the digits of, each as a text of its bytes, at every alignment. Written for this suite: the redactor shares none. */
const DECODERS: ReadonlyMap<string, (text: string) => string[]> = new Map([
  ['percent signs', (text) => [unpercent(text)]],
  [
    'hex',
    (text) =>
      runs(text, /[0-9a-f]{16,}/gi).flatMap((run) =>
        shifts(run, 2).map((digits) => latin1(Buffer.from(digits, 'hex'))),
      ),
  ],
  [
    'separated hex',
    (text) =>
      runs(text, /[0-9a-f]{2}(?:[^0-9a-z]+(?:0x)?[0-9a-f]{2}\b){7,}/gi).map((run) =>
        latin1(Buffer.from(run.replace(/0x|[^0-9a-f]/gi, ''), 'hex')),
      ),
  ],
  [
    'base64',
    (text) =>
      runs(text, /[\w+/-]{12,}/g).flatMap((run) =>
        shifts(run, 4).map((digits) => latin1(Buffer.from(digits, 'base64'))),
      ),
  ],
  [
    'base32',
    (text) => runs(text, /[A-Z2-7]{16,}/g).flatMap((run) => shifts(run, 8).map(fromBase32)),
  ],
  [
    'numbers',
    (text) =>
      runs(text, /\d{1,3}(?:[^\d.]+\d{1,3}){7,}/g).map((run) =>
        latin1(Buffer.from((run.match(/\d+/g) ?? []).map(Number))),
      ),
  ],
  [
    'numbers with their places',
    (text) =>
      runs(text, /(?:"\d+":\s*\d{1,3},?\s*){8,}/g).map((run) =>
        latin1(Buffer.from(Array.from(run.matchAll(/:\s*(\d+)/g), ([, n]) => Number(n)))),
      ),
  ],
])

/** Those of what is out of scope: of the line itself alone. */
const OUTSIDE_DECODERS: typeof DECODERS = new Map([
  ['gzip', (text) => runs(text, /H4sI[\w+/-]{12,}/g).flatMap(gunzip)],
  [
    'octal digits',
    (text) =>
      runs(text, /(?:\\[0-3][0-7]{2}){8,}/g).map((run) =>
        latin1(
          Buffer.from(
            run
              .slice(1)
              .split('\\')
              .map((digits) => parseInt(digits, 8)),
          ),
        ),
      ),
  ],
  ['backwards', (text) => [utf8AsLatin1(Array.from(text).reverse().join(''))]],
  ['ROT13', (text) => [utf8AsLatin1(rot13(text))]],
  [
    'dots',
    (text) =>
      runs(text, /(?:[^.]\.){11,}[^.]?/g).map((run) => utf8AsLatin1(run.replaceAll('.', ''))),
  ],
])

/**
 * Whether a reader who tries every decoding, on what was decoded too, finds the start of a secret, or its end, in a line.
 *
 * @param telling - how many characters of it
 */
export function shows(line: string, secret: string, telling = TELLING): boolean {
  const parts = [secret.slice(0, telling), secret.slice(-telling)]
  const wanted = parts.flatMap((part) => [utf8AsLatin1(part), latin1(Buffer.from(part, 'utf16le'))])
  return finds(utf8AsLatin1(line), { wanted, encodings: MOST_ENCODINGS, seen: new Set() })
}

interface Search {
  readonly wanted: readonly string[]
  /** How many more encodings are tried. */
  readonly encodings: number
  /** Texts that were searched, each behind the number of encodings. */
  readonly seen: Set<string>
}

/** Every text here is one of bytes: one character each. */
function finds(bytes: string, { wanted, encodings, seen }: Search): boolean {
  const decoders =
    encodings === MOST_ENCODINGS
      ? [...DECODERS.values(), ...OUTSIDE_DECODERS.values()]
      : [...DECODERS.values()]
  let text = bytes
  for (let escapes = 0; escapes < MOST_ESCAPES; escapes += 1) {
    if (seen.has(`${encodings}${text}`)) return false
    seen.add(`${encodings}${text}`)
    const readings = [
      ...[text, unxml(text), text.replaceAll("'\\''", "'")],
      ...[text.replaceAll("''", "'"), text.replaceAll('""', '"')],
    ]
    if (readings.some((reading) => wanted.some((part) => reading.includes(part)))) return true
    if (encodings > 0) {
      const current = text
      const decoded = decoders.flatMap((decode) => decode(current))
      const deeper = { wanted, encodings: encodings - 1, seen }
      if (decoded.some((inner) => finds(inner, deeper))) return true
    }
    text = unescape(text)
  }
  return false
}
