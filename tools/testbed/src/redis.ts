import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort, isListening } from './free-ports.ts'
import {
  type GuardedHome,
  type GuardedProcess,
  guardHome,
  untilStarted,
} from './guarded-process.ts'

/** How to start a Redis. */
export interface RedisOptions {
  /** The executable, as `findForTest` gives it. */
  readonly program: string
  /** The rules of more users, by name, beside their password: `~* +@all`. */
  readonly users?: Readonly<Record<string, { readonly password: string; readonly rules: string }>>
  /** Whether users are kept over a restart, in a file. Default true. */
  readonly keepsUsers?: boolean
}

/** A Redis of our own. */
export interface Redis extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** The password of the user `default`, who may do everything. */
  readonly password: { expose(): string }
  /** Ends the server, and starts it again with its users. */
  restart(): Promise<void>
  /** Ends the server. Can be called twice. */
  stop(): Promise<void>
  /** Ends the server and removes its files. Can be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const STARTUP_TIMEOUT_MS = 10_000

/** Starts a real Redis on a loopback port, in about a tenth of a second. If this process is killed, it ends. */
export async function openRedis(options: RedisOptions): Promise<Redis> {
  const home = await guardHome(await mkdtemp(join(tmpdir(), 'rekey-redis-')))
  const server = new Server(options, home, await findFreePort())
  try {
    await server.begin()
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}

class Server implements Redis {
  readonly host = HOST
  readonly port: number
  readonly password = { expose: () => this.#password }
  readonly #password = randomBytes(24).toString('hex')
  readonly #options: RedisOptions
  readonly #home: GuardedHome
  #process: GuardedProcess | undefined

  constructor(options: RedisOptions, home: GuardedHome, port: number) {
    this.#options = options
    this.#home = home
    this.port = port
  }

  async begin(): Promise<void> {
    const { users = {}, keepsUsers = true } = this.#options
    const all = { default: { password: this.#password, rules: '~* &* +@all' }, ...users }
    const lines = Object.entries(all).map(
      ([name, { password, rules }]) => `user ${name} on #${digestOf(password)} ${rules}\n`,
    )
    const { directory } = this.#home
    const settings = [
      ...[`bind ${HOST}`, `port ${this.port}`, `dir ${directory}`, 'save ""', 'appendonly no'],
      ...(keepsUsers ? [`aclfile ${join(directory, 'users.acl')}`] : lines),
    ]
    const write = (name: string, text: string) =>
      writeFile(join(directory, name), text, { mode: 0o600 })
    await write('users.acl', lines.join(''))
    await write('redis.conf', settings.map((line) => `${line.trimEnd()}\n`).join(''))
    await this.#start()
  }

  async #start(): Promise<void> {
    const settings = join(this.#home.directory, 'redis.conf')
    const server = await this.#home.spawn('redis', this.#options.program, [settings])
    this.#process = server
    const isReady = () => isListening(this.port)
    await untilStarted('Redis', server, { isReady, limitMs: STARTUP_TIMEOUT_MS })
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.#start()
  }

  close(): Promise<void> {
    return this.#home.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function digestOf(password: string): string {
  return createHash('sha256').update(password).digest('hex')
}
