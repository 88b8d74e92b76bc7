import type { Clock } from '@rekey/secret'
import type { FamilyReading } from './family-reading.ts'
import type { FamilyView } from './family-view.ts'
import { problemOf } from './problem-of.ts'
import { RecentUses } from './recent-uses.ts'
import { viewFamily } from './view-family.ts'

/** Gets each new view as a server-sent event: one buffer for all viewers. */
export type Viewer = (event: Buffer) => void

interface FeedOptions {
  readonly read: (signal: AbortSignal) => Promise<FamilyReading>
  readonly everyMs: number
  readonly clock: Clock
}

/**
 * Reads the family while a browser watches, and hands the newest view to all viewers. Each view is whole, so a viewer that missed some,
 * or slept, has everything again with the next one.
 */
export class LiveFeed {
  readonly #options: FeedOptions
  readonly #viewers = new Set<Viewer>()
  readonly #recent = new RecentUses()
  readonly #closed = new AbortController()
  #newest: FamilyView | undefined
  #event: Buffer | undefined
  #loop: Promise<void> | undefined

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Shows `viewer` the newest view and all that follow, until the returned function is called. */
  watch(viewer: Viewer): () => void {
    this.#viewers.add(viewer)
    if (this.#event !== undefined) viewer(this.#event)
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined
    })
    return () => {
      this.#viewers.delete(viewer)
    }
  }

  /** Ends the reading. */
  async close(): Promise<void> {
    this.#viewers.clear()
    this.#closed.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { everyMs, clock } = this.#options
    const { signal } = this.#closed
    while (this.#viewers.size > 0) {
      const view = await this.#look()
      if (signal.aborted) return
      this.#newest = view
      const event = Buffer.from(`data: ${JSON.stringify(view)}\n\n`)
      this.#event = event
      for (const viewer of this.#viewers) viewer(event)
      await clock.sleep(everyMs, signal).catch(() => undefined)
    }
  }

  async #look(): Promise<FamilyView> {
    const { read, clock } = this.#options
    try {
      const reading = await read(this.#closed.signal)
      this.#recent.take(reading.secrets)
      return viewFamily(reading, new Date(clock.now()), this.#recent)
    } catch (error) {
      const last = this.#newest ?? { readAt: '', environment: '', secrets: [], unreadable: [] }
      return { ...last, problem: problemOf(error) }
    }
  }
}
