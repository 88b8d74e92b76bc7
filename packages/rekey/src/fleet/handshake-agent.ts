import { Agent, type AgentOptions, type RequestOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { handshakeFailure } from './report-failure.ts'
import { RequestPlaces } from './request-places.ts'
import { endUnusedBySweeps } from './unused-connections.ts'

/** A handshake takes both ends some milliseconds: more at once would each take longer than their requests have. */
const PLACES = 64
const QUIET_MS = 2_000
/** Longer than a request has: the next one finds the connection. */
const LONGEST_MS = 10_000
const UNUSED_MS = 15_000

/** A TLS handshake under way. */
export interface Handshake {
  readonly ended: Promise<void>
  /** Whether something accepted the connection: until then it is no handshake that takes so long. */
  isConnected: boolean
}

/** Options of a request over a {@link HandshakeAgent}. */
export interface PatientRequest extends RequestOptions {
  /** Whether the request still waits for its connection. */
  readonly isWaiting?: () => boolean
}

type Callback = (error: Error | null, stream: Duplex) => void

/**
 * An agent whose handshakes outlive the requests that began them: one that gave up leaves the connection to the next request to that replica, and has
 * sent nothing over it. So each look at a large fleet adds to the connections, where otherwise it would begin all handshakes anew.
 */
export class HandshakeAgent extends Agent {
  readonly #underWay = new Map<string, Handshake>()
  /** Connections that no request has used. */
  readonly #unused = new Map<string, Duplex>()
  readonly #sockets = new Set<Duplex>()
  readonly #places = new RequestPlaces(PLACES, QUIET_MS)
  #isEnded = false

  constructor(options: AgentOptions) {
    super(options)
    endUnusedBySweeps(this)
  }

  /** The handshake with the replica at a URL that an earlier request began. */
  underWayTo({ hostname, port }: URL): Handshake | undefined {
    return this.#underWay.get(keyOf(hostname.replaceAll(/^\[|\]$/g, ''), port))
  }

  override createConnection(
    options: PatientRequest,
    callback: Callback = () => undefined,
  ): Duplex | undefined {
    const key = keyOf(options.host ?? '', options.port ?? '')
    const unused = this.#unused.get(key)
    if (unused !== undefined) {
      this.#unused.delete(key)
      return unused
    }
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const handshake = { ended, isConnected: false }
    this.#underWay.set(key, handshake)
    void this.#places.run(async () => {
      const [error, socket] = await this.#shakeHands(options, handshake)
      if (this.#underWay.get(key) === handshake) this.#underWay.delete(key)
      const isTooLate = error === null && options.isWaiting?.() === false
      if (isTooLate) this.#keep(key, socket)
      callback(isTooLate ? new Error('the request is over') : error, socket)
      end()
    })
    return undefined
  }

  override destroy(): void {
    super.destroy()
    this.#isEnded = true
    for (const socket of [...this.#sockets, ...this.#unused.values()]) {
      socket.destroy(new Error(ENDED))
    }
  }

  #shakeHands(
    options: PatientRequest,
    handshake: Handshake,
  ): Promise<readonly [Error | null, Duplex]> {
    return new Promise((resolve) => {
      const socket = super.createConnection(options)
      if (!socket) throw new TypeError('a connection that is made later')
      this.#sockets.add(socket)
      if (this.#isEnded) socket.destroy(new Error(ENDED))
      const timer = setTimeout(() => {
        socket.destroy(handshakeFailure('handshake-timeout'))
      }, LONGEST_MS).unref()
      const end = (error: NodeJS.ErrnoException | null) => {
        clearTimeout(timer)
        this.#sockets.delete(socket)
        socket.off('secureConnect', connected)
        socket.off('error', end)
        const isCut = handshake.isConnected && CUT.has(error?.code ?? '')
        resolve([isCut ? handshakeFailure('handshake-cut') : error, socket])
      }
      const connected = () => {
        end(null)
      }
      socket.once('connect', () => (handshake.isConnected = true))
      socket.once('secureConnect', connected)
      socket.once('error', end)
    })
  }

  #keep(key: string, socket: Duplex): void {
    this.#unused.get(key)?.destroy()
    this.#unused.set(key, socket)
    const timer = setTimeout(() => {
      if (this.#unused.get(key) === socket) socket.destroy()
    }, UNUSED_MS).unref()
    socket.on('error', () => undefined)
    socket.once('close', () => {
      clearTimeout(timer)
      if (this.#unused.get(key) === socket) this.#unused.delete(key)
    })
  }
}

const ENDED = 'the connections were ended'
const CUT = new Set(['ECONNRESET', 'EPIPE'])

function keyOf(host: string, port: string | number): string {
  return `${host} ${port || 443}`
}
