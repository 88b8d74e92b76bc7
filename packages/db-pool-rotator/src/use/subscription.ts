import pg from 'pg'

/** How long the server may take for an answer, in milliseconds. */
const ANSWER_LIMIT_MS = 5_000

/** A notification as it was sent. */
export interface Notification {
  readonly channel: string
  /** Empty if the sender gave none. */
  readonly payload: string
  /** The process id of the server session that sent it. */
  readonly processId: number
}

type Hear = (notification: Notification) => void

/**
 * One connection that listens to some channels, and to one of ours for markers.
 *
 * PostgreSQL keeps one queue of notifications for all sessions, in the order of their commits ("NOTIFY", documentation). So
 * a marker that is sent to two subscriptions is at the same place for both: the older one delivers what comes before it, the
 * newer one what comes after it, and nothing has to be compared.
 */
export class Subscription {
  readonly client: pg.PoolClient
  /** Resolves when the connection has ended. */
  readonly cut: Promise<void>
  readonly #markers: string
  readonly #held: Notification[] = []
  #isCut = false
  #from: string | undefined
  #upTo: string | undefined
  #isOver = false
  #onOver: () => void = () => undefined
  #hear: Hear | undefined

  /** @param markers - the channel of the markers, the same for all subscriptions of one listener */
  constructor(client: pg.PoolClient, markers: string) {
    this.client = client
    this.#markers = markers
    client.on('notification', this.#take)
    this.cut = new Promise((resolve) => {
      client.once('end', () => {
        this.#isCut = true
        resolve()
      })
    })
  }

  /** Whether it has come to its marker. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether nothing is delivered here any more. */
  get isDone(): boolean {
    return this.#isCut || this.#isOver
  }

  /** Begins to listen. What comes is kept until {@link deliver}. */
  async listen(channels: readonly string[]): Promise<void> {
    const names = [...channels, this.#markers].map((name) => pg.escapeIdentifier(name))
    await this.#ask(names.map((name) => `listen ${name}`).join('; '))
  }

  /** Puts `marker` into the queue, and discards what this subscription receives before it. */
  async beginAtMarker(marker: string): Promise<void> {
    this.#held.length = 0
    this.#from = marker
    await this.#ask('select pg_notify($1, $2)', [this.#markers, marker])
  }

  /** A server that falls silent must not keep the listener from moving on. */
  async #ask(text: string, values: string[] = []): Promise<void> {
    const question = { text, values, query_timeout: ANSWER_LIMIT_MS }
    await this.client.query(question)
  }

  /** Resolves when `marker` has come; nothing after it is delivered here. */
  endAtMarker(marker: string): Promise<void> {
    this.#upTo = marker
    return new Promise((resolve) => {
      this.#onOver = resolve
    })
  }

  /** Goes on, unless it has come to its marker already. */
  goOn(): void {
    this.#upTo = undefined
  }

  /** Asks the server for an answer, and cuts the connection if none comes before `limit` resolves. */
  async check(limit: Promise<void>): Promise<void> {
    const answered = this.client.query('select 1').then(
      () => true,
      () => false,
    )
    if (await Promise.race([answered, limit.then(() => false)])) return
    this.client.connection.stream.destroy()
    await this.cut
  }

  /** Hands over what was kept, and whatever comes from now on. */
  deliver(hear: Hear): void {
    this.#hear = hear
    this.#flush()
  }

  /** Stops listening and gives the connection back, to be closed. */
  release(): void {
    this.#isOver = true
    this.client.off('notification', this.#take)
    this.client.release(true)
  }

  readonly #take = ({ channel, payload = '', processId }: pg.Notification): void => {
    if (this.#isOver) return
    if (channel !== this.#markers) {
      if (this.#from === undefined) this.#held.push({ channel, payload, processId })
      this.#flush()
      return
    }
    if (payload === this.#from) this.#from = undefined
    if (payload !== this.#upTo) return
    this.#isOver = true
    this.#onOver()
  }

  #flush(): void {
    if (this.#hear === undefined) return
    for (let next = this.#held.shift(); next !== undefined; next = this.#held.shift()) {
      this.#hear(next)
    }
  }
}
