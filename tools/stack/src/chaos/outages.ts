import { systemClock } from '@rekey/secret'

/** A request that was on its way when what had it in hand was killed, and that failed for that. It is counted apart from lost ones. */
export class InHandError extends Error {
  constructor() {
    super('was in flight in a process that was killed')
    this.name = 'InHandError'
  }
}

/** A moment at which a request begins. */
interface Mark {
  readonly ends: number
  readonly isDown: boolean
}

/** For so long after the end of PostgreSQL a connection of frontend that ended with it may be used. */
const NOTICE_MS = 250

/** When what has requests in hand, frontend or its database, was killed and was back. */
export class Outages {
  #ends = 0
  #falling = 0
  #down = 0

  mark(): Mark {
    return { ends: this.#ends, isDown: this.isDown }
  }

  /** Whether a request that began at `mark` was on its way when something that may have had it was killed. */
  hasHit({ ends }: Mark): boolean {
    return ends !== this.#ends || this.#falling > 0
  }

  /** Whether frontend takes no connection. */
  get isDown(): boolean {
    return this.#down > 0
  }

  /** Stops the database of frontend, and does what brings it back. */
  ofDatabase(stop: () => Promise<void>, restart: () => Promise<void>): Promise<void> {
    const stopAndNotice = async () => {
      await stop()
      await systemClock.sleep(NOTICE_MS, undefined, { keepAlive: true })
    }
    return this.#during(stopAndNotice, restart)
  }

  /** Kills frontend, which takes no connection until it is back. */
  async ofFrontend(kill: () => Promise<void>, restart: () => Promise<void>): Promise<void> {
    this.#down += 1
    try {
      await this.#during(kill, restart)
    } finally {
      this.#down -= 1
    }
  }

  async #during(kill: () => Promise<void>, restart: () => Promise<void>): Promise<void> {
    this.#falling += 1
    try {
      await kill()
    } finally {
      this.#ends += 1
      this.#falling -= 1
    }
    await restart()
  }
}

const AGAIN_MS = 100

/**
 * Creates a `fetch` for people who wait until frontend takes connections again, as a load balancer does for them, and whose requests
 * that were in flight in a killed process fail with {@link InHandError}. Any other failure is one. Once `stopped` aborts, so does each request.
 */
export function createPatientFetch(
  fetch: typeof globalThis.fetch,
  outages: Outages,
  stopped: AbortSignal,
): typeof fetch {
  return async (input, init) => {
    const signal = AbortSignal.any([stopped, ...(init?.signal ? [init.signal] : [])])
    for (;;) {
      const mark = outages.mark()
      try {
        return await whole(await fetch(input, { ...init, signal }), () => outages.hasHit(mark))
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof InHandError || outages.hasHit(mark)) throw new InHandError()
        if (!mark.isDown && !outages.isDown) throw error
      }
      await systemClock.sleep(AGAIN_MS, signal, { keepAlive: true })
    }
  }
}

/** The answer with its body, which can be cut too. */
async function whole(response: Response, isHit: () => boolean): Promise<Response> {
  const { status, headers } = response
  const body = await response.arrayBuffer()
  if (status >= 500 && isHit()) throw new InHandError()
  return new Response(body.byteLength === 0 ? null : body, { status, headers })
}
