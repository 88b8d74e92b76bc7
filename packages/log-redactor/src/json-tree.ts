/** The values and keys of a JSON text, numbered in the order in which they begin. */
export interface JsonTree {
  readonly size: number
  /** The code of the first character: it gives the kind of a value. */
  readonly kind: Uint8Array
  readonly start: Uint32Array
  readonly end: Uint32Array
  /** The array or object that a value is in, or {@link NONE}. */
  readonly parent: Int32Array
  /** 1 for the value of a member, whose key is the one before. */
  readonly isMember: Uint8Array
}

/** Marks that there is no value. */
export const NONE = -1

export const KIND = { string: 0x22, array: 0x5b, object: 0x7b } as const

const END_ARRAY = 0x5d
const END_OBJECT = 0x7d

/** A string, a bracket, a number or word, or what may stand between them. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|[-+.\w]+|[\s,:]+/y

/** The places of all values in `text`, or `undefined` if it is not one JSON array or object. */
export function jsonTree(text: string): JsonTree | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  const builder = new Builder(text.length)
  TOKEN.lastIndex = 0
  for (let start = 0; start < text.length; start = TOKEN.lastIndex) {
    if (!TOKEN.test(text)) return undefined
    if (!builder.take(text.charCodeAt(start), start, TOKEN.lastIndex)) return undefined
  }
  return builder.finish()
}

class Builder implements JsonTree {
  size = 0
  readonly kind: Uint8Array
  readonly start: Uint32Array
  readonly end: Uint32Array
  readonly parent: Int32Array
  readonly isMember: Uint8Array
  #open = NONE
  #roots = 0
  /** Whether the next value belongs to the key before. */
  #afterKey = false

  constructor(most: number) {
    this.kind = new Uint8Array(most)
    this.start = new Uint32Array(most)
    this.end = new Uint32Array(most)
    this.parent = new Int32Array(most)
    this.isMember = new Uint8Array(most)
  }

  /** Puts a token into the tree, known by its first character. False if it closes what is not open. */
  take(first: number, start: number, end: number): boolean {
    switch (first) {
      case END_ARRAY:
        return this.#close(KIND.array, end)
      case END_OBJECT:
        return this.#close(KIND.object, end)
      case KIND.array:
      case KIND.object:
        this.#open = this.#add(first, start, end)
        this.#afterKey = false
        return true
      default:
        if (!isBetween(first)) this.#add(first, start, end)
        return true
    }
  }

  finish(): JsonTree | undefined {
    return this.#open === NONE && this.#roots === 1 ? this : undefined
  }

  #add(kind: number, start: number, end: number): number {
    const value = this.size
    const inObject = this.kind[this.#open] === KIND.object
    this.size += 1
    this.kind[value] = kind
    this.start[value] = start
    this.end[value] = end
    this.parent[value] = this.#open
    this.isMember[value] = inObject && this.#afterKey ? 1 : 0
    this.#afterKey = inObject && !this.#afterKey
    if (this.#open === NONE) this.#roots += 1
    return value
  }

  #close(kind: number, end: number): boolean {
    const closed = this.#open
    if (this.kind[closed] !== kind) return false
    this.end[closed] = end
    this.#open = this.parent[closed] ?? NONE
    this.#afterKey = this.kind[this.#open] === KIND.object && this.isMember[closed] === 0
    return true
  }
}

/** Whether a token that begins with `code` stands between values: white space, a comma or a colon. */
function isBetween(code: number): boolean {
  return code <= 0x20 || code === 0x2c || code === 0x3a || code > 0x7f
}
