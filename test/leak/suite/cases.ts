import { randomBytes } from 'node:crypto'
import type { Contender } from './contenders.ts'
import { type Encoding, ENCODINGS } from './encodings.ts'
import { LOG_CALLS, type LogCall } from './log-calls.ts'
import { shows } from './oracle.ts'

/** One way of a secret into a log line: a call, or a spelling in the message or in a field of any name. */
export interface LeakCase {
  readonly name: string
  readonly call: (secret: string) => LogCall
  readonly isOutside: boolean
}

const spelled = ({ name, spell, isOutside = false }: Encoding): LeakCase[] => [
  { name: `${name}, in the message`, call: (secret) => [`x ${spell(secret)}`], isOutside },
  { name: `${name}, in a field`, call: (secret) => [{ hint: spell(secret) }, 'x'], isOutside },
]

/** All cases: the calls, then the encodings. */
export const CASES: readonly LeakCase[] = [
  ...Array.from(LOG_CALLS, ([name, call]) => ({ name, call, isOutside: false })),
  ...ENCODINGS.flatMap(spelled),
]

/** Digits all over, so that no part can happen to look like a word. */
function random(): string {
  const text = randomBytes(18).toString('base64url')
  return text.replace(/(..)./g, (_, two) => `${two}7`)
}

/** Makes a secret of each kind, anew for each call. */
const SECRETS: ReadonlyMap<string, () => string> = new Map([
  ['plain', () => `${random()}${random()}`],
  ['two lines long', () => `${random()}\n${random()}`],
  ['full of special characters', () => `${random()}"\\ +/<&'%$\`é€~${random()}`],
])

/** How a contender did in one case, over all kinds of secrets. */
export interface Result {
  readonly case: LeakCase
  /** The kinds of secrets that could be read in what it wrote. */
  readonly leaks: readonly string[]
  /** The kinds of secrets of which no line came, or one that is broken. */
  readonly lost: readonly string[]
  /** Those in whose place no tag stands. */
  readonly untagged: readonly string[]
}

/** Runs cases against a contender. */
export function runCases(contender: Contender, cases: readonly LeakCase[]): Result[] {
  return cases.map((one) => {
    const leaks: string[] = []
    const lost: string[] = []
    const untagged: string[] = []
    for (const [kind, create] of SECRETS) {
      const secret = create()
      const text = writeOrNothing(contender, one.call(secret), secret)
      if (!isWhole(text, contender)) lost.push(kind)
      if (!text.includes(contender.tag ?? '')) untagged.push(kind)
      if (shows(text, secret)) leaks.push(kind)
    }
    return { case: one, leaks, lost, untagged }
  })
}

/** A logger that throws has lost its line. */
function writeOrNothing(contender: Contender, call: LogCall, secret: string): string {
  try {
    return contender.write(call, secret)
  } catch {
    return ''
  }
}

/** Whether something was written, as JSON where its logger writes JSON. */
function isWhole(text: string, { isJson }: Contender): boolean {
  if (text === '') return false
  if (isJson !== true) return true
  try {
    return text
      .trimEnd()
      .split('\n')
      .every((line) => typeof JSON.parse(line) === 'object')
  } catch {
    return false
  }
}
