import { type Clock, SecretError } from '@rekey/secret'
import type { AuditReading, FamilyReading } from './family-reading.ts'
import type { AuditView, FamilyView, ProblemView } from './family-view.ts'
import { RecentUses } from './recent-uses.ts'
import { viewSecret } from './view-secret.ts'

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
      const { environment, secrets, unreadable, audit } = await read(this.#closed.signal)
      this.#recent.take(secrets)
      return {
        readAt: new Date(clock.now()).toISOString(),
        environment,
        secrets: secrets.map((secret) => viewSecret(secret, this.#recent)),
        unreadable: unreadable.map(({ secret, error }) => ({ secret, ...problemOf(error) })),
        ...(audit && { audit: viewAudit(audit) }),
      }
    } catch (error) {
      const last = this.#newest ?? { readAt: '', environment: '', secrets: [], unreadable: [] }
      return { ...last, problem: problemOf(error) }
    }
  }
}

/** Leaves out the details of each entry, which are of any length. */
function viewAudit(audit: AuditReading): AuditView {
  if ('error' in audit) return problemOf(audit.error)
  const { verifiedAt, entries, damage, newest } = audit
  return {
    verifiedAt: verifiedAt.toISOString(),
    entries,
    ...(damage && { damage }),
    newest: newest.map(({ seq, at, actor, person, action, subject, version, outcome }) => ({
      ...{ seq, at, actor, action, subject, outcome },
      ...(person !== undefined && { person }),
      ...(version !== undefined && { version }),
    })),
  }
}

/** Only errors of our own are known to hold no value in their message. */
function problemOf(error: unknown): ProblemView {
  if (error instanceof SecretError) return { code: error.code, message: error.message }
  return { code: 'failed', message: 'it could not be read: the command line shows why' }
}
