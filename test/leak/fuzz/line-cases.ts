import fc from 'fast-check'
import { type Encoding, ENCODINGS } from '../suite/encodings.ts'
import { LOG_CALLS, type LogCall } from '../suite/log-calls.ts'

/** One line to log. */
export interface LineCase {
  readonly name: string
  /** What the redactor knows. */
  readonly secret: string
  /** How much of it the line shows: all, or a piece; nothing if the line is innocent. */
  readonly shown: string | undefined
  readonly call: LogCall
  /** Stand in the line beside it, and must stay as they are. */
  readonly before: string
  readonly after: string
}

const textOf = (characters: string, [minLength, maxLength]: readonly [number, number]) =>
  fc.string({ unit: fc.constantFrom(...Array.from(characters)), minLength, maxLength })

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const PRINTABLE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')

/** Tokens, keys in hexadecimal, passwords of whatever a keyboard has, and secrets of two lines. */
const secrets = fc.oneof(
  textOf(BASE64URL, [32, 64]),
  textOf('0123456789abcdef', [32, 64]),
  textOf(PRINTABLE, [32, 64]),
  textOf(`${PRINTABLE}éß€漢`, [32, 64]),
  fc
    .tuple(textOf(BASE64URL, [32, 48]), textOf(BASE64URL, [32, 48]))
    .map((lines) => lines.join('\n')),
)

/** No piece is shorter: so many characters are left of each spelling of the suite that shortens. */
const PIECE = 24
const pieces = fc.option(fc.tuple(fc.nat(), fc.integer({ min: PIECE, max: 40 })), { freq: 4 })

function pieceOf(secret: string, piece: readonly [number, number] | null): string {
  if (piece === null) return secret
  const [at, length] = piece
  const from = at % Math.max(1, secret.length - length)
  return secret.slice(from, from + length)
}

const hex = fc
  .uint8Array({ minLength: 16, maxLength: 32 })
  .map((b) => Buffer.from(b).toString('hex'))

/** The names of secrets that are so short that random letters spell them, at the end of a key. */
const SHORT_NAME = /(?:pw|pwd|key|pin|otp|jwt)\\?"/i

/** What lines hold that is no secret, some of it much like one. */
const innocent = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.lorem({ maxCount: 12 }),
  fc.uuid(),
  fc.webUrl({ withQueryParameters: true }),
  fc.base64String({ maxLength: 80 }),
  hex,
  fc.json({ maxDepth: 2 }).filter((text) => !SHORT_NAME.test(text)),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc
    .array(fc.integer({ min: 0, max: 255 }), { maxLength: 30 })
    .map((bytes) => JSON.stringify(bytes)),
)

const PLACES: ReadonlyMap<string, (text: string) => LogCall> = new Map<
  string,
  (text: string) => LogCall
>([
  ['the message', (text) => [`x ${text}`]],
  ['a field', (text) => [{ hint: text }, 'x']],
  ['a deep field', (text) => [{ a: [{ b: { hint: text } }] }, 'x']],
  ['a key', (text) => [{ cache: { [text]: 1 } }, 'x']],
  ['an error', (text) => [new Error(`refused ${text}`)]],
])

interface Way {
  readonly name: string
  readonly spell: (text: string) => LogCall
}

const inPlaces = ({ name, spell }: Encoding): Way[] =>
  Array.from(PLACES, ([place, put]) => ({
    name: `${name}, in ${place}`,
    spell: (text) => put(spell(text)),
  }))

const WAYS: readonly Way[] = [
  ...Array.from(LOG_CALLS, ([name, spell]) => ({ name, spell })),
  ...ENCODINGS.filter(({ isOutside }) => isOutside !== true).flatMap(inPlaces),
]

/** Lines of which three in four show a secret, or a piece of one, in some spelling of the suite. */
export const lineCases: fc.Arbitrary<LineCase> = fc
  .record({
    secret: secrets,
    piece: pieces,
    way: fc.constantFrom(...WAYS),
    // Without a name that would make a secret of anything.
    place: fc.constantFrom(...PLACES.values()),
    hits: fc.integer({ min: 0, max: 3 }),
    innocents: fc.tuple(innocent, innocent, innocent),
  })
  .map(({ secret, piece, way, place, hits, innocents: [before, after, instead] }) => {
    const rest = { secret, before, after }
    if (hits === 0) return { name: 'no secret', shown: undefined, call: place(instead), ...rest }
    const shown = pieceOf(secret, piece)
    return { name: way.name, shown, call: way.spell(shown), ...rest }
  })
