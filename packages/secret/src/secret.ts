import { inspect } from 'node:util'
import { SecretError } from './errors.ts'
import { announceBirth } from './secret-births.ts'

/** Options of {@link Secret.of}. */
export interface SecretOptions {
  /** False for a page around secrets that are announced by themselves: the rest of it is no secret. Default true. */
  readonly announced?: boolean
}

/**
 * A value that does not show itself. Printing, logging, serialising or cloning a `Secret` gives `[secret LABEL]` or an
 * object without the value; only {@link Secret.expose} gives the value, so every use can be found by its name.
 *
 * There is deliberately no `Symbol.toPrimitive`: with it `Buffer.from(secret)` would silently yield the bytes of the
 * placeholder instead of failing.
 *
 * @typeParam T what is kept: a string, bytes, or a parsed structure
 */
export class Secret<T = string> {
  #value: T
  #disposed = false
  /** The public name of the secret, such as `DATABASE_FRONTEND`. Never derived from the value. */
  readonly label: string

  private constructor(value: T, label: string) {
    this.#value = value
    this.label = label
  }

  /**
   * Wraps `value`, and announces it to the redactors of the process, which mask it from then on. `label` is what shows in its
   * place.
   */
  static of<T>(value: T, label: string, options: SecretOptions = {}): Secret<T> {
    const secret = new Secret(value, label)
    if (options.announced ?? true) announceBirth(secret)
    return secret
  }

  /**
   * The value itself. Call it where the value is used, and keep the result no longer than that.
   *
   * @throws {SecretError} `disposed` after the secret was wiped
   */
  expose(): T {
    if (this.#disposed) throw new SecretError('disposed', `${this.label} was disposed`)
    return this.#value
  }

  /** A secret made from this one, under the same label. */
  map<U>(f: (value: T) => U): Secret<U> {
    return Secret.of(f(this.expose()), this.label)
  }

  toString(): string {
    return `[secret ${this.label}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }

  /** Drops the value, and overwrites it where it is bytes. Strings cannot be overwritten in JavaScript. */
  [Symbol.dispose](): void {
    if (this.#value instanceof Uint8Array) this.#value.fill(0)
    this.#value = undefined as T
    this.#disposed = true
  }
}
