import { inspect, types } from 'node:util'
import type { Redactor } from './redactor.ts'

/** Masks a text: a {@link Redactor}. */
export type MasksText = Pick<Redactor, 'redact'>

/** A value that lies deeper is withheld. */
const MOST_DEEP = 100

/**
 * Masks the secrets in a value that is no line yet: the arguments of a log call, an error, an event. Strings, keys, bytes and lists of
 * numbers are searched at any depth; an object of another class counts by its members and by what JSON and `inspect` show of it. The value itself
 * is never changed. Never throws: what cannot be searched is withheld, and a note takes its place.
 *
 * @returns the same value if it has no secret, else a copy: an error stays an error of its class, bytes and foreign objects that show a secret
 *   become text or plain objects
 */
export function redactValue<T>(redactor: MasksText, value: T): T {
  const copier = new Copier(redactor)
  const copy = copier.copy(value, 0)
  return copier.changes === 0 ? value : (copy as T)
}

/** Even where the class has a setter of that name. */
function define(to: object, key: PropertyKey, value: unknown, enumerable: boolean): void {
  Object.defineProperty(to, key, { value, enumerable, writable: true, configurable: true })
}

class Copier {
  readonly #redactor: MasksText
  /** By the original: cycles stay cycles. */
  readonly #copies = new Map<object, unknown>()
  /** How often something was masked or withheld. */
  changes = 0

  constructor(redactor: MasksText) {
    this.#redactor = redactor
  }

  copy(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'symbol' || typeof value === 'function') return this.#shown(value) ?? value
    if (typeof value !== 'object' || value === null) return value
    if (this.#copies.has(value)) return this.#copies.get(value)
    if (depth > MOST_DEEP) return this.#withheld(`it lies more than ${MOST_DEEP} levels deep`)
    try {
      return this.#object(value, depth + 1)
    } catch (error) {
      const reason = error instanceof Error ? error.constructor.name : typeof error
      return this.#keep(value, this.#withheld(`reading it failed with ${reason}`))
    }
  }

  #object(value: object, depth: number): unknown {
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return this.#bytes(value)
    if (types.isMap(value)) {
      const copy = this.#keep(value, new Map<unknown, unknown>())
      for (const [key, member] of value) copy.set(this.copy(key, depth), this.copy(member, depth))
      return copy
    }
    if (types.isSet(value)) {
      const copy = this.#keep(value, new Set<unknown>())
      for (const member of value) copy.add(this.copy(member, depth))
      return copy
    }
    if (value instanceof Error) return this.#error(value, depth)
    if (Array.isArray(value)) {
      const numbers = this.#numbers(value)
      if (numbers !== undefined) return this.#keep(value, numbers)
      const copy = this.#keep<unknown[]>(value, [])
      for (const member of value) copy.push(this.copy(member, depth))
      return copy
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== null && prototype !== Object.prototype) return this.#foreign(value, depth)
    return this.#numbers(value) ?? this.#members(value, this.#keep(value, {}), depth)
  }

  #members(value: object, copy: object, depth: number): object {
    for (const key of Reflect.ownKeys(value)) {
      const { enumerable } = Object.getOwnPropertyDescriptor(value, key) ?? {}
      if (enumerable !== true && !(value instanceof Error)) continue
      const member = this.copy(Reflect.get(value, key), depth)
      const name = typeof key === 'symbol' ? key : this.#text(key)
      define(copy, name, member, enumerable === true)
    }
    return copy
  }

  /** `message`, `stack`, `cause` and `errors` are members that are not enumerable. */
  #error(error: Error, depth: number): object {
    const copy = this.#keep(error, new Error())
    Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object)
    // A DOMException keeps these within: its getters fail on a copy.
    for (const key of ['name', 'message', 'code'] as const) {
      const member: unknown = Reflect.get(error, key)
      if (!Object.hasOwn(error, key) && member !== undefined)
        define(copy, key, this.copy(member, depth), false)
    }
    return this.#members(error, copy, depth)
  }

  #bytes(value: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): unknown {
    const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(value)
      ? value
      : { buffer: value, byteOffset: 0, byteLength: value.byteLength }
    const hex = Buffer.from(buffer, byteOffset, byteLength).toString('hex')
    const masked = this.#text(hex)
    return masked === hex ? value : masked
  }

  /** Lists of numbers, and objects with nothing but numbers, which is how JSON shows bytes. */
  #numbers(value: object): object | undefined {
    const members: unknown[] = Object.values(value)
    if (members.length < 8 || !members.every((member) => typeof member === 'number'))
      return undefined
    const json = JSON.stringify(value)
    const masked = this.#text(json)
    return masked === json ? undefined : (JSON.parse(masked) as object)
  }

  /** An object with a class may keep what it shows where no member leads. */
  #foreign(value: object, depth: number): unknown {
    this.#keep(value, value)
    const shown = this.#json(value) ?? this.#shown(value)
    if (shown !== undefined) return this.#keep(value, shown)
    const before = this.changes
    const copy = this.#members(value, {}, depth)
    return this.changes === before ? value : this.#keep(value, copy)
  }

  #json(value: object): unknown {
    let json: unknown
    try {
      json = JSON.stringify(value)
    } catch {
      // Cycles, bigints or a toJSON that fails: then no logger shows it as JSON either.
    }
    if (typeof json !== 'string') return undefined
    const masked = this.#text(json)
    return masked === json ? undefined : (JSON.parse(masked) as unknown)
  }

  #shown(value: object | symbol): string | undefined {
    const text = inspect(value, { depth: 4, maxStringLength: null, maxArrayLength: null })
    const masked = this.#text(text)
    return masked === text ? undefined : masked
  }

  #text(text: string): string {
    const masked = this.#redactor.redact(text)
    if (masked !== text) this.changes += 1
    return masked
  }

  #withheld(why: string): string {
    this.changes += 1
    return `[value withheld: ${why}]`
  }

  #keep<C>(value: object, copy: C): C {
    this.#copies.set(value, copy)
    return copy
  }
}
