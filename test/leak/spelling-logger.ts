import type { Service } from '@rekey/config-loader'
import { createRedactor, type Redactor } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import type { Clock } from '@rekey/secret'
import { type Logger, pino } from 'pino'
import { ENCODINGS } from './suite/encodings.ts'

/** The sources of what a logger knows of secrets. */
interface SpellingLoggerOptions {
  readonly services: readonly Service[]
  readonly clock: Clock
  /** Without it the redactor takes no secret. */
  readonly isInformed: boolean
}

/** Those that show a text as a whole: a part of it may be public, or look like a word. */
const WHOLE = [
  ...['as it is', 'JSON in JSON', 'XML', 'an argument of a shell', 'percent signs'],
  ...['base64 after one byte', 'base64url in a token', 'hex', 'a Buffer in JSON'],
]
const SPELLINGS = ENCODINGS.filter(({ name }) => WHOLE.includes(name))

/** The secret part of a text, without what is public at both of its ends. */
const secretIn = (text: string) => /:([^:@]+)@/.exec(text)?.[1] ?? text.slice(-30)

/** A masked line, and a secret that was in it before. */
interface Spelled {
  readonly line: string
  readonly secret: string
}

/** The pino of one process, which logs each text in the next of many spellings. */
export class SpellingLogger {
  readonly redactor: Redactor
  /** Different lines alone, without the name and version in the tag of a secret. */
  readonly lines = new Map<string, Spelled>()
  /** How many lines were logged, and how many of them have a tag. */
  readonly counts = { logged: 0, tagged: 0 }
  readonly #pino: Logger
  #secret = ''

  constructor({ services, clock, isInformed }: SpellingLoggerOptions) {
    const secrets = isInformed ? services.flatMap(({ secrets }) => Object.values(secrets)) : []
    this.redactor = createRedactor({ secrets, clock, foreign: false })
    if (!isInformed) this.redactor.close()
    const bare = { base: null, timestamp: false }
    this.#pino = pino(redactPino(this.redactor, bare), {
      write: (line) => {
        this.#take(line)
      },
    })
  }

  /** Logs a text in a message and as a member, by turns. */
  log(text: string): void {
    const { spell } = SPELLINGS[this.counts.logged % SPELLINGS.length] ?? {}
    const spelled = spell?.(text) ?? text
    this.#secret = secretIn(text)
    if (this.counts.logged % 2 === 0) this.#pino.info(`it is ${spelled} now`)
    else this.#pino.warn({ request: { text: spelled } }, 'it failed')
  }

  #take(line: string): void {
    const bare = line.replaceAll(/\[secret [\w/@ -]+\]/g, '[secret]')
    this.counts.logged += 1
    if (bare !== line) this.counts.tagged += 1
    if (!this.lines.has(bare)) this.lines.set(bare, { line: bare, secret: this.#secret })
  }
}
