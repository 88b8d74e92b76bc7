import { type JsonTree, jsonTree, KIND } from '../json-tree.ts'
import { ANY, type Path } from './parse-path.ts'

/** A string, a bracket, a number or word, or what may stand between them. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|[-+.\w]+|[\s,:]+/y

const OPENING = /[[{]/g

const VALUE = /^(?:["[\]{}\s,:]|-?\d|(?:true|false|null)$)/

/** A JSON object or array in a text, from `start` up to `end`. */
interface Embedded {
  readonly start: number
  readonly end: number
}

/** Makes the replacement of a value, from the value and the names on the way to it; `undefined` leaves its member out. */
export type Censor = (value: unknown, way: readonly string[]) => unknown

/** A path, and how many of its names have been passed. */
interface Progress {
  readonly path: Path
  readonly passed: number
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Members that pino adds to each line, which a wildcard does not mean. */
const OWN_NAMES: ReadonlySet<string> = new Set(['level', 'time'])

/** `text`, which is one JSON object or array, with the values at `paths` replaced; anything else as it is. */
export function censorJson(text: string, paths: readonly Path[], censor: Censor): string {
  const tree = jsonTree(text)
  return tree === undefined ? text : new Censoring(text, tree, censor).censor(paths)
}

/** Walks once over a JSON text, with the paths that have come so far in each object and array. */
class Censoring {
  readonly #text: string
  readonly #tree: JsonTree
  readonly #censor: Censor
  readonly #edits: Edit[] = []

  constructor(text: string, tree: JsonTree, censor: Censor) {
    this.#text = text
    this.#tree = tree
    this.#censor = censor
  }

  censor(paths: readonly Path[]): string {
    const { size, parent, start, end } = this.#tree
    const within = new Map<number, Progress[]>([[0, paths.map((path) => ({ path, passed: 0 }))]])
    const names = new Map<number, readonly string[]>([[0, []]])
    const elements = new Map<number, number>()
    let done = 0
    for (let value = 1; value < size; value += 1) {
      const holder = parent[value] ?? 0
      const name = this.#nameOf(value, holder, elements)
      const so = within.get(holder)
      if (name === undefined || (start[value] ?? 0) < done) continue
      if (so === undefined) continue
      const way = [...(names.get(holder) ?? []), name]
      const passing = so.filter(({ path, passed }) => passes(path[passed], name, holder))
      if (passing.some(({ path, passed }) => passed === path.length - 1)) {
        this.#replace(value, way)
        done = end[value] ?? 0
      } else if (passing.length > 0) {
        within.set(
          value,
          passing.map(({ path, passed }) => ({ path, passed: passed + 1 })),
        )
        names.set(value, way)
      } else if (holder === 0) this.#censorWithin(value, paths)
    }
    return this.#edited()
  }

  /** Censors the objects that were written into a text, such as the message. */
  #censorWithin(value: number, paths: readonly Path[]): void {
    const { kind, start, end } = this.#tree
    if (kind[value] !== KIND.string || !/[[{]/.test(this.#textOf(value))) return
    const text = String(parsed(this.#textOf(value)))
    let censored = ''
    let at = 0
    for (const embedded of embeddedJson(text)) {
      const json = text.slice(embedded.start, embedded.end)
      censored += text.slice(at, embedded.start) + censorJson(json, paths, this.#censor)
      at = embedded.end
    }
    censored += text.slice(at)
    if (censored === text) return
    const edit = { start: start[value] ?? 0, end: end[value] ?? 0, text: JSON.stringify(censored) }
    this.#edits.push(edit)
  }

  /** The name of a member, or the place of an element; `undefined` for a key. */
  #nameOf(value: number, holder: number, elements: Map<number, number>): string | undefined {
    const { kind, isMember } = this.#tree
    if (kind[holder] === KIND.array) {
      const place = elements.get(holder) ?? 0
      elements.set(holder, place + 1)
      return String(place)
    }
    if (isMember[value] === 0) return undefined
    return String(parsed(this.#textOf(value - 1)))
  }

  #textOf(value: number): string {
    return this.#text.slice(this.#tree.start[value], this.#tree.end[value])
  }

  #replace(value: number, way: readonly string[]): void {
    const { start, end, isMember } = this.#tree
    const from = start[isMember[value] === 1 ? value - 1 : value] ?? 0
    const made = this.#censor(parsed(this.#textOf(value)), way)
    const text = JSON.stringify(made) as string | undefined
    if (text === undefined) this.#edits.push(this.#removal(from, end[value] ?? 0))
    else this.#edits.push({ start: start[value] ?? 0, end: end[value] ?? 0, text })
  }

  /** With one of the commas around it: the one before, unless that went with another. */
  #removal(from: number, to: number): Edit {
    let start = from - 1
    while (isSpace(this.#text[start])) start -= 1
    const isFree = this.#text[start] === ',' && start >= (this.#edits.at(-1)?.end ?? 0)
    if (isFree) return { start, end: to, text: '' }
    let end = to
    while (isSpace(this.#text[end])) end += 1
    return { start: from, end: this.#text[end] === ',' ? end + 1 : to, text: '' }
  }

  #edited(): string {
    let text = ''
    let at = 0
    for (const edit of this.#edits) {
      text += this.#text.slice(at, edit.start) + edit.text
      at = edit.end
    }
    return text + this.#text.slice(at)
  }
}

function passes(segment: Path[number] | undefined, name: string, holder: number): boolean {
  if (segment !== ANY) return segment === name
  return holder !== 0 || !OWN_NAMES.has(name)
}

function isSpace(character: string | undefined): boolean {
  return character?.trim() === ''
}

/** The value of a JSON text, or the text where it is none: a message may look like an object. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** Finds the JSON objects and arrays in a text, none of which is within another. The time is linear in its length. */
function embeddedJson(text: string): readonly Embedded[] {
  const found: Embedded[] = []
  const open: { start: number; isJson: boolean }[] = []
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    if (open.length === 0) {
      OPENING.lastIndex = at
      at = OPENING.exec(text)?.index ?? text.length
    }
    TOKEN.lastIndex = at
    const [token = ''] = TOKEN.exec(text) ?? []
    if (token === '') {
      open.length = 0
      TOKEN.lastIndex = at + 1
    } else if (token === '{' || token === '[') open.push({ start: at, isJson: true })
    else if (token === '}' || token === ']') close(found, open.pop(), TOKEN.lastIndex)
    else if (!VALUE.test(token)) for (const last of open.slice(-1)) last.isJson = false
  }
  return found
}

/** Adds what ends, in place of what is in it. */
function close(
  found: Embedded[],
  closed: { readonly start: number; readonly isJson: boolean } | undefined,
  end: number,
): void {
  if (closed?.isJson !== true) return
  while ((found.at(-1)?.start ?? -1) > closed.start) found.pop()
  found.push({ start: closed.start, end })
}
