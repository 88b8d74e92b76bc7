import { syncBuiltinESMExports } from 'node:module'
import type { AddressInfo } from 'node:net'
import { duplexPair } from 'node:stream'
import tls from 'node:tls'
import type { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** A server that answers handshakes at an address, for as long as its process lives. */
interface Listening {
  readonly server: tls.Server
  readonly process?: VirtualProcess
}

const MAX_LATENCY_MS = 500
const FIRST_PORT = 50_000

/**
 * The connections of `node:tls` in one world: both ends of each are streams in memory, and it takes virtual time to be made. The
 * handshake between them is the real one of OpenSSL.
 */
export class TlsNetwork implements Disposable {
  readonly #parts: WorldParts
  readonly #listening = new Map<string, Listening>()
  readonly #real = { connect: tls.connect, createServer: tls.createServer }

  /** From here on `node:tls` connects within this world alone, in the whole process. */
  constructor(parts: WorldParts) {
    this.#parts = parts
    Object.assign(tls, {
      connect: (options: tls.ConnectionOptions) => this.#connect(options),
      createServer: (options: tls.TlsOptions) => this.#createServer(options),
    })
    syncBuiltinESMExports()
  }

  [Symbol.dispose](): void {
    Object.assign(tls, this.#real)
    syncBuiltinESMExports()
  }

  /** Has a server answer at `https://<name>`. */
  serve(process: VirtualProcess, server: tls.Server): void {
    this.#listening.set(`${process.name}:443`, { server, process })
  }

  #connect({ host, port, ...options }: tls.ConnectionOptions): tls.TLSSocket {
    const [near, far] = duplexPair()
    // As a network does it: what one end has closed is closed for the other.
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
    void this.#reach(`${host}:${port}`).then((server) => {
      if (server === undefined) near.destroy(refused())
      else server.emit('connection', far)
    })
    return this.#real.connect({ ...options, socket: near })
  }

  async #reach(address: string): Promise<tls.Server | undefined> {
    const { time, random, faults } = this.#parts
    await time.sleep(random.between(1, MAX_LATENCY_MS))
    if (faults.isDown(address.replace(/:\d+$/, ''))) return undefined
    const found = this.#listening.get(address)
    return found?.process?.isAlive === false ? undefined : found?.server
  }

  #createServer(options: tls.TlsOptions): tls.Server {
    const server = this.#real.createServer(options)
    const port = FIRST_PORT + this.#listening.size
    const address: AddressInfo = { address: '127.0.0.1', family: 'IPv4', port }
    return Object.assign(server, {
      listen: () => {
        this.#listening.set(`127.0.0.1:${port}`, { server })
        setImmediate(() => server.emit('listening'))
        return server
      },
      address: () => address,
      close: () => server,
    })
  }
}

function refused(): Error {
  return Object.assign(new Error('connection refused'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  })
}
