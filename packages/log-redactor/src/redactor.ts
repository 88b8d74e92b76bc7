import { type Clock, type LiveSecret, type Secret, SecretError, systemClock } from '@rekey/secret'
import { isMaskable, type NamedLeak } from '@rekey/secret/internal'
import { bornSecrets } from './born-secrets.ts'
import { type FoundSecret, type MarkerText, SecretFinder } from './find-secrets.ts'
import { WeakValues } from './foreign/weak-values.ts'
import { currentGuard } from './guard/current-guard.ts'
import { LeakCounts } from './leak-counts.ts'
import { maskLines, regionsWithin } from './mask-part.ts'
import type { Owner } from './owner.ts'
import type { Around, Redacts } from './redacts.ts'
import { SecretFollower } from './secret-follower.ts'
import { UnfoundSecrets } from './unfound-secrets.ts'
import { indexValue } from './value-forms.ts'
import { MIN_FORM, ValueIndex } from './value-index.ts'
import { uncheckedLine } from './withheld-line.ts'

/** How values can be recognised that this process knows only by digest. */
export interface Marker {
  /** The common prefix, at least 7 characters: `rk_prod_`. */
  readonly literal: string
  /** The text printed in place of one: `[secret LABEL]`. */
  readonly label: string
  /**
   * Finds the secret whose value a text begins with, by what this process has in place of it, such as a digest. `length` counts the characters of the value.
   * Without a result the text is one of a foreign secret: masked, and no leak of {@link Redactor.leaks}. It gets what follows the literal up to the end of
   * the word, with the literal, so it must take constant time. Absent: each text that begins with the literal is a leak, named by `label`.
   */
  readonly identify?: (
    text: string,
  ) => { readonly name: string; readonly version: string; readonly length: number } | undefined
}

/** A secret was about to be printed. Nothing here is secret. */
export interface LeakEvent {
  readonly name: string
  /** Absent for markers and for secrets added without a version. */
  readonly version?: string
  /** How it was spelled: `text`, `escaped`, `base64`, `hex`, … */
  readonly encoding: string
  /** By which output it was leaving: `log`, or that of `Around`. */
  readonly channel: string
}

/** Options of {@link createRedactor}. */
export interface RedactorOptions {
  /** Every version of these is masked, from before it can be read until `soakMs` after it left. */
  readonly secrets: Iterable<LiveSecret<unknown>>
  /** Values that this process knows only by digest, masked too. Default: none. */
  readonly markers?: readonly Marker[]
  /** Values shorter than this are masked in few places alone, see {@link Redactor.unmaskable}. At least and by default 8. */
  readonly minLength?: number
  /**
   * Whether to mask secrets that nothing has given to this process too, by the names before them and by the formats of their issuers.
   * They are no leaks of {@link Redactor.leaks}. Of a string in a line 16 such values are judged, and one more in each 128 characters; the
   * rest of the string is masked as `[secret unread]`, and no other. Default `true`.
   */
  readonly foreign?: boolean
  /** Default 600 000, ten minutes. */
  readonly soakMs?: number
  /** Called after a line was masked, once for each value in it. Count it and rotate the secret. */
  readonly onLeak?: (event: LeakEvent) => void
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** Masks secrets in finished log lines. */
export interface Redactor extends Redacts {
  /** Masks a value that is no live secret (yet), for as long as the process runs. */
  add(secret: Secret): void
  /**
   * Counts the lines that were masked, by secret, version, spelling, channel and the line of code that printed them: of each secret 16 such lines beside the first.
   * The stack is read for 16 lines of a secret, then once a second; a line between counts as one of the first call site.
   */
  leaks(): readonly NamedLeak[]
  /** Calls `listener` with each of {@link leaks} that there is and, as it happens, with each new one: not with each line. */
  watchLeaks(listener: (leak: NamedLeak) => void): void
  /**
   * The names of secrets too short or of too low entropy to be masked wherever they appear. They are masked under the name of a secret,
   * in the user part of a URL, after `Bearer` and `Basic`, and, unless they are a word or a number, as a whole string and behind `=`.
   */
  readonly unmaskable: readonly string[]
  /**
   * Calls `listener` with the name of each secret that is not masked though it was registered: each value is looked up once after it was
   * added, and all are after the index was rebuilt. A name is a fault of this package, or of a secret of bytes that is too long.
   */
  watchUnfound(listener: (name: string) => void): void
  /** Stops following the live secrets, and taking new ones. What is known by then stays masked. */
  close(): void
}

const MIN_LENGTH = 8
const SOAK_MS = 600_000

/**
 * Creates a {@link Redactor}. It masks the given secrets, and each `Secret` that is made in this process from now on, until ten minutes after
 * that was collected. Scanning a line costs the same for one secret as for thousands. In a process that is guarded
 * (`guardProcess` of `@rekey/log-redactor`), whatever the process prints is masked by it as well.
 *
 * @throws {SecretError} `malformed` if `minLength` or a marker is too short to be found
 *
 * @example
 * ```ts
 * const redactor = createRedactor({ secrets: Object.values(service.secrets) })
 * ```
 */
export function createRedactor(options: RedactorOptions): Redactor {
  const redactor = new LineRedactor(options)
  currentGuard()?.add(redactor)
  return redactor
}

/** Whether a redactor masks each secret that is made in this process, as those of {@link createRedactor} do. */
export function masksBorn(redactor: object): boolean {
  return redactor instanceof LineRedactor
}

class LineRedactor implements Redactor {
  readonly #unfound = new UnfoundSecrets()
  readonly #index = new ValueIndex<Owner>(({ name }) => {
    this.#unfound.add(name)
  })
  readonly #weak = new WeakValues()
  readonly #finder: SecretFinder
  readonly #minLength: number
  readonly #onLeak: RedactorOptions['onLeak']
  readonly #followers: readonly SecretFollower[]
  readonly #releaseBorn: () => void
  readonly #releaseUnfound: (() => void)[] = []
  readonly #added = new Map<string, Secret>()
  readonly #unmaskableAdded = new Set<string>()
  readonly #leaks: LeakCounts
  readonly #watchers: ((leak: NamedLeak) => void)[] = []

  constructor(options: RedactorOptions) {
    this.#minLength = options.minLength ?? MIN_LENGTH
    this.#onLeak = options.onLeak
    requireLength('minLength', this.#minLength, MIN_LENGTH)
    const markers = (options.markers ?? []).map(({ literal, label, identify }): MarkerText => {
      requireLength('the literal of a marker', literal.length, MIN_FORM)
      const kind = identify ? 'foreign' : 'marker'
      const owner: Owner = { kind, name: label, encoding: 'text' }
      return { literal, owner, ...(identify && { identify }) }
    })
    const indexes = [this.#index, bornSecrets.index, bornSecrets.bytes]
    this.#finder = new SecretFinder(indexes, markers, this.#weak, options.foreign ?? true)
    const clock = options.clock ?? systemClock
    this.#leaks = new LeakCounts(clock, (leak) => {
      for (const watcher of this.#watchers) call('watchLeaks', watcher, leak)
    })
    const follow = {
      clock,
      soakMs: options.soakMs ?? SOAK_MS,
      enter: (secret: Secret, name: string, version: string, inner?: string) =>
        this.#enter(secret, { name, version }, inner),
      forgetWeak: (text: string) => {
        this.#weak.remove(text)
      },
    }
    this.#releaseBorn = bornSecrets.keep()
    this.#followers = [...options.secrets].map((live) => new SecretFollower(live, follow))
  }

  get unmaskable(): readonly string[] {
    const followed = this.#followers.filter((f) => f.unmaskable).map((f) => f.name)
    return [...new Set([...followed, ...this.#unmaskableAdded])]
  }

  redact(line: string, around?: Around): string {
    try {
      bornSecrets.indexQueued()
      const { before = '', after = '', channel = 'log' } = around ?? {}
      const found = this.#finder.find(around ? before + line + after : line)
      if (found === undefined) return line
      const secrets = around
        ? regionsWithin(found, before.length, before.length + line.length)
        : found
      const masked = maskLines(line, secrets)
      this.#report(secrets, channel)
      return masked
    } catch (error) {
      return uncheckedLine(line, error)
    }
  }

  leaks(): readonly NamedLeak[] {
    return this.#leaks.all
  }

  watchLeaks(listener: (leak: NamedLeak) => void): void {
    this.#watchers.push(listener)
    for (const leak of this.#leaks.all) call('watchLeaks', listener, leak)
  }

  watchUnfound(listener: (name: string) => void): void {
    const safely = (name: string) => {
      call('watchUnfound', listener, name)
    }
    this.#unfound.watch(safely)
    this.#releaseUnfound.push(bornSecrets.unfound.watch(safely))
  }

  add(secret: Secret): void {
    const text = secret.expose()
    if (this.#added.has(text)) return
    // eslint-disable-next-line @rekey/no-expose-outside-boundary -- a redactor knows what it looks for
    this.#added.set(text, secret)
    const forget = this.#enter(secret, { name: secret.label })
    if (forget === undefined) this.#unmaskableAdded.add(secret.label)
  }

  close(): void {
    for (const follower of this.#followers) follower.close()
    this.#releaseBorn()
    for (const release of this.#releaseUnfound.splice(0)) release()
  }

  /** Gives a value that is masked since it was announced its name, and indexes any other. */
  #enter(secret: Secret, owner: Pick<Owner, 'name' | 'version'>, inner?: string) {
    const text = secret.expose()
    const announced = isMaskable(text, this.#minLength)
      ? bornSecrets.share(secret, text)
      : undefined
    if (announced !== undefined) return this.#finder.rename(announced, owner)
    const forget = indexValue(this.#index, text, owner, this.#minLength, inner)
    if (forget === undefined) this.#weak.add(text, owner)
    return forget
  }

  #report(found: readonly FoundSecret[], channel: string): void {
    const events = new Map<string, LeakEvent>()
    for (const { kind, name, version, encoding } of new Set(found.map(({ owner }) => owner))) {
      if (kind === 'foreign') continue
      const event = { name, encoding, channel, ...(version !== undefined && { version }) }
      events.set(JSON.stringify(event), event)
    }
    for (const [key, event] of events) {
      this.#leaks.add(key, event)
      if (this.#onLeak) call('onLeak', this.#onLeak, event)
    }
  }
}

/** Calls a listener, which fails for itself alone: the line goes on. */
function call<T>(what: string, listener: (value: T) => void, value: T): void {
  try {
    listener(value)
  } catch (error) {
    const reason = error instanceof Error ? error.constructor.name : typeof error
    process.emitWarning(`${what} threw ${reason}; it must not throw`, 'RedactorWarning')
  }
}

function requireLength(what: string, length: number, atLeast: number): void {
  if (length >= atLeast) return
  const message = `${what} must be at least ${atLeast}: what is shorter is found all over innocent lines`
  throw new SecretError('malformed', message, { length, atLeast })
}
