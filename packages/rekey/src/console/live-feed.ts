import type { Clock } from '@rekey/secret'
import type { FamilyReading } from './family-reading.ts'
import type { FamilyView } from './family-view.ts'
import { pageJson } from './json-exchange.ts'
import { problemOf } from './problem-of.ts'
import { RecentUses } from './recent-uses.ts'
import { viewFamily } from './view-family.ts'

/** Gets each new view as a server-sent event: one buffer for all viewers. */
export type Viewer = (event: Buffer) => void

interface FeedOptions {
  readonly read: (signal: AbortSignal) => Promise<FamilyReading>
  readonly everyMs: number
  /** A text that changes with what a reading shows, and costs little to ask for. Default: none. */
  readonly mark?: (() => Promise<string>) | undefined
  readonly clock: Clock
}

/** How often the mark is asked for between two readings. */
const GLANCE_MS = 100

/**
 * Reads the family while a browser watches, each time that its mark has changed and at the latest after a while, and hands the newest view to all viewers. Each view is whole, so a viewer that missed some,
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
    let dueAt = -Infinity
    while (this.#viewers.size > 0) {
      const isDue = clock.elapsed() >= dueAt
      const mark = await this.#askMark()
      const view = await this.#look(isDue)
      if (signal.aborted) return
      this.#newest = view
      const event = Buffer.from(`data: ${pageJson(view)}\n\n`)
      this.#event = event
      for (const viewer of this.#viewers) viewer(event)
      if (isDue) dueAt = clock.elapsed() + everyMs
      await this.#rest(mark, dueAt).catch(() => undefined)
    }
  }

  /** Until the next reading is due, or the mark is another one. Rejects once the feed is closed. */
  async #rest(mark: string | undefined, dueAt: number): Promise<void> {
    const { clock } = this.#options
    const most = mark === undefined ? Infinity : GLANCE_MS
    for (;;) {
      const leftMs = dueAt - clock.elapsed()
      if (leftMs <= 0) return
      await clock.sleep(Math.min(most, leftMs), this.#closed.signal)
      if (mark !== undefined && (await this.#askMark()) !== mark) return
    }
  }

  /** The mark; of a journal that gives none now, the reading shows why. */
  async #askMark(): Promise<string | undefined> {
    return this.#options.mark?.().catch(() => undefined)
  }

  /** Uses are counted from one reading that was due to the next, so that the times between are alike. */
  async #look(isDue: boolean): Promise<FamilyView> {
    const { read, clock } = this.#options
    try {
      const reading = await read(this.#closed.signal)
      if (isDue) this.#recent.take(reading.secrets)
      return viewFamily(reading, new Date(clock.now()), this.#recent)
    } catch (error) {
      const last = this.#newest ?? { readAt: '', environment: '', secrets: [], unreadable: [] }
      return { ...last, problem: problemOf(error) }
    }
  }
}
