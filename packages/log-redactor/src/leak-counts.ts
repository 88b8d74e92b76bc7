import { dirname, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '@rekey/secret'
import type { NamedLeak } from '@rekey/secret/internal'

/** Deep enough to pass a logger and the guard. */
const DEPTH = 64

const FRAME = /^ {4}at (?:.*\()?((?:file:\/\/)?\/[^()]*):(\d+):\d+\)?$/

const LIBRARY = `${sep}node_modules${sep}`

const MAX_PATH = 200

interface Place {
  readonly file: string
  readonly line: string
}

/** The call sites of a secret that are counted by themselves, beside the first of each kind of leak. */
const MOST_SITES = 16

/** Reading the stack takes longer than masking: of each secret it is read for so many lines, and then for one in each second. */
const MOST_READ = 16
const READ_AGAIN_MS = 1_000

interface Reading {
  /** Further call sites that are counted by themselves. */
  sites: number
  reads: number
  readAtMs: number
}

/** Counts the lines that were masked, by what was in them and the line of code that printed it. */
export class LeakCounts {
  readonly #leaks = new Map<string, NamedLeak>()
  readonly #readings = new Map<string, Reading>()
  readonly #clock: Clock
  readonly #onNew: (leak: NamedLeak) => void

  /** @param onNew is called with the first leak of each kind, and of each further call site that is counted by itself */
  constructor(clock: Clock, onNew: (leak: NamedLeak) => void) {
    this.#clock = clock
    this.#onNew = onNew
  }

  get all(): readonly NamedLeak[] {
    return [...this.#leaks.values()]
  }

  /** Counts a leak, which `key` identifies except for its call site. A line whose stack is not read counts as one of the first call site. */
  add(key: string, leak: Omit<NamedLeak, 'count' | 'callSite'>): void {
    const first = this.#leaks.get(key)
    const reading = this.#readingOf(leak.name)
    if (first === undefined) {
      this.#enter(key, leak, callSite())
      return
    }
    const site = this.#mayRead(reading) ? callSite() : undefined
    const own = site === undefined || site === first.callSite ? key : `${key} ${site}`
    const known = this.#leaks.get(own)
    if (known === undefined && reading.sites < MOST_SITES) {
      reading.sites += 1
      this.#enter(own, leak, site)
      return
    }
    const [at, counted] = known === undefined ? [key, first] : [own, known]
    this.#leaks.set(at, { ...counted, count: counted.count + 1 })
  }

  #enter(key: string, leak: Omit<NamedLeak, 'count'>, site: string | undefined): void {
    const entered = { ...leak, count: 1, ...(site !== undefined && { callSite: site }) }
    this.#leaks.set(key, entered)
    this.#onNew(entered)
  }

  #readingOf(name: string): Reading {
    const reading = this.#readings.get(name) ?? { sites: 0, reads: 0, readAtMs: 0 }
    this.#readings.set(name, reading)
    return reading
  }

  #mayRead(reading: Reading): boolean {
    if (reading.sites >= MOST_SITES) return false
    const now = this.#clock.elapsed()
    if (reading.reads >= MOST_READ && now - reading.readAtMs < READ_AGAIN_MS) return false
    reading.reads += 1
    reading.readAtMs = now
    return true
  }
}

/**
 * Finds the line of the program that prints at this moment: `src/routes.ts:42`, relative to the working directory where it lies in it.
 * Frames of this package, of Node.js and of libraries are passed over. Nothing if there is no other, as behind a timer.
 */
function callSite(): string | undefined {
  try {
    const places = readStack().flatMap(placeOf)
    const own = dirname(places[0]?.file ?? '') + sep
    const found = places.find(({ file }) => !file.startsWith(own) && !file.includes(LIBRARY))
    return found && `${shown(found.file)}:${found.line}`
  } catch {
    // A place is good to have; the line is masked without it.
    return undefined
  }
}

function readStack(): string[] {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = DEPTH
  const { stack = '' } = new Error()
  Error.stackTraceLimit = before
  return stack.split('\n')
}

function placeOf(frame: string): Place[] {
  const [, file, line] = FRAME.exec(frame) ?? []
  if (file === undefined || line === undefined) return []
  return [{ file: file.startsWith('file:') ? fileURLToPath(file) : file, line }]
}

function shown(file: string): string {
  const inside = relative(process.cwd(), file)
  const path = inside.startsWith('..') ? file : inside
  return path.slice(-MAX_PATH).replace(/[^\w./@+-]/g, '_')
}
