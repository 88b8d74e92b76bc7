import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 50

/** The replicas of frontend that people use, each from its login to its last profile. */
export class Frontends {
  readonly #people = new Map<string, number>()
  readonly #leaving = new Set<string>()
  readonly #fresh = new Set<string>()
  #used = 0

  constructor(urls: readonly string[]) {
    for (const url of urls) this.add(url)
  }

  /** How many replicas were lent, one that came again as another one. */
  get used(): number {
    return this.#used
  }

  add(url: string): void {
    this.#people.set(url, 0)
    this.#fresh.add(url)
  }

  /** Lends the replica that the fewest people use. */
  async use<T>(work: (url: string) => Promise<T>): Promise<T> {
    const open = [...this.#people].filter(([url]) => !this.#leaving.has(url))
    const [url = ''] = open.toSorted(([, first], [, second]) => first - second)[0] ?? []
    if (this.#fresh.delete(url)) this.#used += 1
    this.#count(url, 1)
    try {
      return await work(url)
    } finally {
      this.#count(url, -1)
    }
  }

  /** Lends a replica no more, and ends when it has been left. */
  async remove(url: string): Promise<void> {
    this.#leaving.add(url)
    while ((this.#people.get(url) ?? 0) > 0) await delay(POLL_MS)
    this.#leaving.delete(url)
    this.#people.delete(url)
  }

  #count(url: string, change: number): void {
    this.#people.set(url, (this.#people.get(url) ?? 0) + change)
  }
}
