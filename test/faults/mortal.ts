import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import type { RotationJournal } from '@rekey/rekey/engine'
import { SecretError, type SecretStore } from '@rekey/secret'
import pg from 'pg'

/** What happens to a {@link Mortal}, and at its how-manieth call. In either case the call is made, and its answer is lost. */
export interface Fault {
  readonly at: number
  /** `killed`: it is no more. `cut`: the call fails, and its connection with it. */
  readonly kind: 'killed' | 'cut'
}

type Callback = (error: unknown, result?: unknown) => void

/**
 * A process to which something happens. Whatever it calls passes through here. From its death on nothing comes back and nothing
 * goes out: its promises stay open and its connections are cut, as if it had never gone on.
 */
export class Mortal {
  /** Resolves with the call at which it died. */
  readonly died: Promise<string>
  /** The call that was cut. */
  cut: string | undefined
  readonly #fault: Fault | undefined
  readonly #connections = new Set<pg.Client>()
  #calls = 0
  #isDead = false
  #tellDeath: (call: string) => void = () => undefined

  constructor(fault?: Fault) {
    this.#fault = fault
    this.died = new Promise((resolve) => (this.#tellDeath = resolve))
  }

  /** It may have died meanwhile, whatever was known before. */
  hasDied(): boolean {
    return this.#isDead
  }

  /** Makes a call. `fail` gives the error of one that is cut. */
  async pass<T>(call: string, work: () => Promise<T>, fail: () => Error): Promise<T> {
    if (this.hasDied()) return never()
    this.#calls += 1
    const isFaulty = this.#calls === this.#fault?.at
    const [outcome] = await Promise.allSettled([work()])
    if (this.hasDied()) return never()
    if (isFaulty && this.#fault.kind === 'killed') return this.#die(call)
    if (isFaulty) {
      this.cut = call
      throw fail()
    }
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }

  /** Makes a call whose failure is that nobody answers. */
  ask<T>(call: string, work: () => Promise<T>): Promise<T> {
    return this.pass(call, work, noAnswer)
  }

  #die(call: string): Promise<never> {
    this.#isDead = true
    for (const client of this.#connections) client.connection.stream.destroy()
    this.#tellDeath(call)
    return never()
  }

  readonly fetch: typeof fetch = (input, init) =>
    this.pass(
      `fetch ${new URL(input instanceof Request ? input.url : input).pathname}`,
      () => fetch(input, init),
      () => new TypeError('fetch failed'),
    )

  /**
   * Listens in front of a server on loopback. What a client sends at once is a call, whose answer is what the server sends next; a call that is cut
   * ends the connection.
   */
  async proxy(port: number): Promise<number> {
    const proxy = createServer((client) => {
      const server = connect(port, '127.0.0.1')
      let last = Promise.resolve()
      let isAsked = false
      const end = () => {
        client.destroy()
        server.destroy()
      }
      client.on('error', end).on('close', end)
      server.on('error', end).on('close', end)
      // A server that greets, or has more to say.
      server.on('data', (chunk) => {
        if (!isAsked && !this.hasDied()) client.write(chunk)
      })
      client.on('data', (chunk) => {
        const ask = async () => {
          isAsked = true
          const wait = new AbortController()
          const events = ['data', 'close'].map((event) =>
            once(server, event, { signal: wait.signal }),
          )
          server.write(chunk)
          const [said] = (await Promise.race(events)) as [unknown]
          // The other one is waited for no longer.
          for (const event of events) event.catch(() => undefined)
          wait.abort()
          isAsked = false
          return said
        }
        last = last
          .then(() => this.ask('a call of a server', ask))
          .then((said) => {
            if (Buffer.isBuffer(said)) client.write(said)
          }, end)
      })
    })
    await once(proxy.listen(0, '127.0.0.1'), 'listening')
    proxy.unref()
    return (proxy.address() as AddressInfo).port
  }

  store(store: SecretStore): SecretStore {
    return this.#through('store', store)
  }

  journal(journal: RotationJournal): RotationJournal {
    return {
      name: journal.name,
      claim: (...request) =>
        this.pass(
          'journal.claim',
          async () => this.#through('claim', await journal.claim(...request)),
          noAnswer,
        ),
      entries: (secrets) => this.pass('journal.entries', () => journal.entries(secrets), noAnswer),
    }
  }

  /** `target`, with every method a call. */
  #through<T extends object>(name: string, target: T): T {
    return new Proxy(target, {
      get: (_, key: string & keyof T) => {
        const member: unknown = target[key]
        if (typeof member !== 'function') return member
        const method = member.bind(target) as (...args: unknown[]) => Promise<unknown>
        return (...args: unknown[]) => this.pass(`${name}.${key}`, () => method(...args), noAnswer)
      },
    })
  }

  /** A pool whose every login and every statement is a call. */
  pool(config: pg.PoolConfig): pg.Pool {
    const pool = new pg.Pool({ ...config, Client: this.#clientClass() })
    pool.on('error', () => undefined)
    return pool
  }

  #clientClass(): typeof pg.Client {
    const pass = this.pass.bind(this)
    const connections = this.#connections
    return class extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        super(config)
        connections.add(this)
        this.on('error', () => undefined)
      }

      override connect(): Promise<pg.Client>
      override connect(callback: Callback): void
      override connect(callback?: Callback): Promise<pg.Client> | undefined {
        const login = () => super.connect()
        const connected = pass('login', login, () => cutOff(this))
        return settle(connected, callback) as Promise<pg.Client> | undefined
      }

      override query(...args: unknown[]): never {
        const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : undefined
        const run = super.query.bind(this) as (...args: unknown[]) => Promise<unknown>
        return settle(
          pass(
            nameOf(args[0]),
            () => run(...args),
            () => cutOff(this),
          ),
          callback,
        ) as never
      }
    }
  }
}

function noAnswer(): Error {
  return new SecretError('unreachable', 'no answer')
}

/** What the driver says when a connection breaks. */
function cutOff(client: object): Error {
  const { connection } = client as pg.Client
  connection.stream.destroy()
  return Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' })
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined)
}

function settle(outcome: Promise<unknown>, callback: Callback | undefined): unknown {
  if (callback === undefined) return outcome
  outcome.then((value) => {
    callback(null, value)
  }, callback)
  return undefined
}

/** The first words of a statement: enough to find it, and no value. */
function nameOf(statement: unknown): string {
  const text = typeof statement === 'string' ? statement : (statement as pg.QueryConfig).text
  return text.trim().split(/\s+/).slice(0, 3).join(' ')
}
