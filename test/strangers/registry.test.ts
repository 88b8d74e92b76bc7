import { randomBytes } from 'node:crypto'
import { createRedactor } from '@rekey/log-redactor'
import { createFakeClock, Secret, type StagedSecret } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'

const NAME = 'DATABASE'
const SOAK_MS = 1_000
/** Characters in a row that accuse. */
const ENOUGH = 12

/**
 * Digits all over, so that no part of it can happen to look like a word, and three different characters, as in no repeated one. Its end
 * is not that of what is public, so that no stretch which a value and a line share begins in the middle of that.
 */
function newPiece(length: number): string {
  const random = randomBytes(length).toString('base64url')
  const piece = random.replace(/(..)./g, (_, two) => `${two}7`).slice(0, length)
  const isFit =
    new Set(piece.slice(0, 3)).size === 3 && /[a-z]/i.test(piece) && !piece.endsWith('p')
  return isFit ? piece : newPiece(length)
}

function version(text: string, stage: 'current' | 'previous', revision: number) {
  // Known by its stage alone, so that it can be forgotten.
  const value = Secret.of(text, NAME, { announced: false })
  return { name: NAME, version: `${stage}-${revision}`, stage, value, sensitive: [value] }
}

let revisions = 0
function staged(current: string, previous?: string): StagedSecret {
  const revision = (revisions += 1)
  return {
    name: NAME,
    revision: String(revision),
    current: version(current, 'current', revision),
    ...(previous !== undefined && { previous: version(previous, 'previous', revision) }),
  }
}

function open(count: number, first: () => string) {
  const clock = createFakeClock()
  const lives = Array.from({ length: count }, () => createLiveSecret(staged(first())))
  const redactor = createRedactor({ secrets: lives, clock, soakMs: SOAK_MS, foreign: false })
  onTestFinished(() => {
    redactor.close()
  })
  return { clock, lives, redactor }
}

const HIDDEN = '\u0001'

/** The public parts of a URL, which are masked with its password or not. */
const [BEFORE, AFTER] = ['postgresql://app:', '@db/app']
const PUBLIC = new RegExp(`${BEFORE}|${AFTER}`, 'g')

/** A line without what is public, and with one sign for each stretch that is hidden. */
const secretsOf = (line: string) =>
  line
    .replace(/\[secret [^\]]*\]/g, HIDDEN)
    .replace(PUBLIC, '')
    .replace(/\u0001+/g, HIDDEN)

/** The same by comparing each place of the line with each place of each value. */
function expected(values: Iterable<string>, line: string): string {
  const shown = Array.from(line)
  for (const value of values) {
    const password = value.replace(PUBLIC, '')
    hideRuns(value, value.indexOf(password), password.length, line, shown)
  }
  return secretsOf(shown.join(''))
}

/** Hides the stretches that a line has in common with a value, and of it at least twelve characters of its secret part. */
function hideRuns(value: string, from: number, length: number, line: string, shown: string[]) {
  for (let at = from; at + ENOUGH <= from + length; at += 1) {
    const run = value.slice(at, at + ENOUGH)
    for (let place = line.indexOf(run); place !== -1; place = line.indexOf(run, place + 1)) {
      let before = 0
      while (before < at && value[at - before - 1] === line[place - before - 1]) before += 1
      let end = ENOUGH
      while (at + end < value.length && value[at + end] === line[place + end]) end += 1
      shown.fill(HIDDEN, place - before, place + end)
    }
  }
}

/** With a sign that is none of base64: what the bytes of a key share with a line is found, too. */
const PIECES = Array.from({ length: 14 }, (_, i) => `.${newPiece(3 + (i % 5) * 4)}`)
const pieces = (minLength: number, maxLength: number, between: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(fc.constantFrom(...PIECES), between), { minLength, maxLength })
    .map((all) => all.flat().join(''))
const tokens = pieces(3, 5, fc.constant('')).filter((text) => text.length >= 16)
const urls = tokens.map((password) => `${BEFORE}${password}${AFTER}`)
const values = fc.oneof(tokens, urls)
const lines = pieces(1, 12, fc.constantFrom('', '', '', ' ', BEFORE, AFTER))

/** Of many secrets one changes, or time passes; then a line is written. */
const steps = fc.record({
  secret: fc.nat(7),
  value: values,
  kept: fc.boolean(),
  waitMs: fc.constantFrom(0, 0, SOAK_MS / 2, SOAK_MS),
  line: lines,
})

it('L1: as values come, go and come again, a line shows what a comparison of each with it lets show', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 60, maxLength: 120 }), async (all) => {
      const { clock, lives, redactor } = open(8, () => newPiece(20))
      /** When each value left; those that have not are at the end of time. */
      const leftAt = new Map<string, number>()
      for (const { secret, value, kept, waitMs, line } of all) {
        const live = lives[secret]
        if (live === undefined) continue
        const before = live.current.value.expose()
        live.update(staged(value, kept ? before : undefined))
        const held = new Set(
          lives.flatMap(({ snapshot: { current, previous } }) =>
            [current, previous].flatMap((each) => each?.value.expose() ?? []),
          ),
        )
        const now = clock.elapsed()
        for (const text of leftAt.keys())
          if (!held.has(text) && leftAt.get(text) === Infinity) leftAt.set(text, now)
        for (const text of held) leftAt.set(text, Infinity)
        if (waitMs > 0) await clock.advance(waitMs)
        const known = [...leftAt].flatMap(([text, left]) =>
          clock.elapsed() - left < SOAK_MS ? text : [],
        )
        const shown = `${line} ${value}`
        expect(secretsOf(redactor.redact(shown))).toBe(expected(known, shown))
      }
      redactor.close()
    }),
    { endOnFailure: true, numRuns: 40 },
  )
})

it('L1: a value that was registered and forgotten 1,000 times is masked whenever it is live', async () => {
  const [value, other] = [newPiece(32), newPiece(32)]
  const { clock, lives, redactor } = open(1, () => other)
  for (let round = 0; round < 1_000; round += 1) {
    lives[0]?.update(staged(value))
    expect(redactor.redact(value)).toMatch(/^\[secret [^\]]*\]$/)
    lives[0]?.update(staged(other))
    await clock.advance(SOAK_MS)
    expect(redactor.redact(value)).toBe(value)
  }
})

it('L1: a value is masked as a whole while one that is part of it is of the same secret', () => {
  const [part, rest] = [newPiece(20), newPiece(20)]
  const { lives, redactor } = open(1, () => part)
  lives[0]?.update(staged(rest + part, part))
  expect(secretsOf(redactor.redact(`${rest} ${part}`))).toBe(`${HIDDEN} ${HIDDEN}`)
})

it('L1: a password that 100 connection strings share is masked after 99 of them are gone', async () => {
  const password = newPiece(20)
  let count = 0
  const { clock, lives, redactor } = open(100, () => {
    count += 1
    return `postgresql://app${count}:${password}@db${count}/app`
  })
  for (const live of lives.slice(0, 99)) live.update(staged(newPiece(20)))
  await clock.advance(SOAK_MS)
  expect(secretsOf(redactor.redact(`a ${password} b`))).toBe(`a ${HIDDEN} b`)
  lives[99]?.update(staged(newPiece(20)))
  await clock.advance(SOAK_MS)
  expect(redactor.redact(password)).toBe(password)
})
