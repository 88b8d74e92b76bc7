import type { FakeClock } from '@rekey/secret/internal'
import type { SecretVersion } from '@rekey/secret'

const LINES_SHOWN = 120

/** What happened, line by line, for people who look for the reason. Versions have short names; there are no values. */
export class Trace {
  readonly violations: string[] = []
  readonly #time: FakeClock
  readonly #startMs: number
  readonly #lines: string[] = []
  readonly #names = new Map<string, string>()

  constructor(time: FakeClock) {
    this.#time = time
    this.#startMs = time.now()
  }

  get nowMs(): number {
    return this.#time.now() - this.#startMs
  }

  add(who: string, what: string): void {
    this.#lines.push(`${(this.nowMs / 1000).toFixed(3).padStart(9)}s ${who.padEnd(10)} ${what}`)
  }

  /** Something that must never happen. */
  violate(who: string, what: string): void {
    this.violations.push(`${who} ${what}`)
    this.add(who, `!!! ${what}`)
  }

  /** `v1`, `v2`, … in the order of their first mention. */
  nameOf({ version }: Pick<SecretVersion, 'version'>): string {
    const name = this.#names.get(version) ?? `v${this.#names.size + 1}`
    this.#names.set(version, name)
    return name
  }

  toString(): string {
    const hidden = this.#lines.length - LINES_SHOWN
    const shown = this.#lines.slice(-LINES_SHOWN)
    return [...(hidden > 0 ? [`(${hidden} lines before)`] : []), ...shown].join('\n')
  }

  /** All of it, to compare two runs. */
  get lines(): readonly string[] {
    return this.#lines
  }
}
