import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { findFreePort } from './free-ports.ts'
import {
  type Account,
  findPostgresAccount,
  findPostgresPrograms,
  reachablePrograms,
  runInitdb,
} from './postgres-programs.ts'
import { becomeStandby, copyDataDirectory } from './postgres-standby.ts'

/** How to start a server; nothing is required. */
export interface PostgresOptions {
  /** Where the temporary data directory is made. Default: the system's own place for temporary files. */
  readonly directory?: string
  /** A fixed port; default: any free one. */
  readonly port?: number
  /** Run-time settings, such as `{ log_statement: 'all', max_connections: 20 }`. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** A folder with `initdb` and `postgres`, such as `/usr/lib/postgresql/15/bin`. Default: the ones from npm. */
  readonly binDirectory?: string
  /** Default: 30 seconds. */
  readonly startupTimeoutMs?: number
  /** A running primary, or a standby that follows one: the new server begins with its data and follows it, with its superuser. */
  readonly standbyOf?: Postgres
}

/** A PostgreSQL server of our own. */
export interface Postgres extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly pid: number | undefined
  /** The server's own log. */
  readonly logPath: string
  /** The superuser's DSN. Hidden behind a function so that printing the server does not print its password. */
  readonly adminUrl: { expose(): string }
  /** Ends the server; sessions get 57P01, later connects ECONNREFUSED. The data stays. */
  stop(): Promise<void>
  /** Starts it again on the same port and data. */
  start(): Promise<void>
  restart(): Promise<void>
  /** Makes a server that is stopped, or was ended, a standby of another one from its next start on; its data stays. */
  follow(upstream: Postgres): Promise<void>
  /** Ends the server and removes its data. Can be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const PORT_ATTEMPTS = 5
const IN_USE = 'Address already in use'

/** No sync and little memory: the data is thrown away. No socket file, so two servers cannot meet. */
const TEST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  listen_addresses: HOST,
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
}

/**
 * Waits for the end of its input, which comes when the process that started it is gone, however that happened. Then it
 * ends the server and removes its data. Runs in its own group, so that Ctrl-C does not reach it.
 */
const WATCHDOG =
  'cat >/dev/null; kill -INT "$1"; while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf -- "$2"'

/**
 * Starts a real PostgreSQL on a loopback port, with SCRAM logins and a password made for the occasion, in about a second.
 *
 * When root, the server runs as the user `postgres`, who is created if missing.
 * If this process is killed, a watchdog ends the server and removes the data.
 *
 * @throws {Error} if it does not start in time; the message has the end of the server's log
 */
export async function openPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const bin = options.binDirectory ?? (await findPostgresPrograms())
  const server = new Server(options, bin, await findPostgresAccount())
  try {
    await server.initialise()
    await server.startOnFreePort()
  } catch (error) {
    await server.close()
    throw error
  }
  return server
}

class Server implements Postgres {
  readonly host = HOST
  readonly adminUrl = {
    expose: () => `postgresql://postgres:${this.#password}@${HOST}:${String(this.port)}/postgres`,
  }
  readonly #password: string
  readonly #options: PostgresOptions
  readonly #upstream: Server | undefined
  readonly #account: Account
  #bin: string
  #home = ''
  #port = 0
  #process: ChildProcess | undefined
  #watchdog: ChildProcess | undefined

  constructor(options: PostgresOptions, bin: string, account: Account) {
    this.#options = options
    this.#bin = bin
    this.#account = account
    this.#upstream = options.standbyOf && ours(options.standbyOf)
    const upstream = this.#upstream
    this.#password = upstream ? upstream.#password : randomBytes(24).toString('hex')
  }

  get port(): number {
    return this.#port
  }
  get pid(): number | undefined {
    return this.#process?.pid
  }
  get logPath(): string {
    return join(this.#home, 'server.log')
  }
  get #data(): string {
    return join(this.#home, 'data')
  }

  async initialise(): Promise<void> {
    this.#home = await mkdtemp(join(this.#options.directory ?? tmpdir(), 'rekey-postgres-'))
    await this.#giveAway(this.#home)
    this.#bin = await reachablePrograms(this.#bin, this.#account, this.#home)
    if (this.#upstream === undefined) await this.#makeData()
    else await this.#copyData(this.#upstream)
  }

  async #makeData(): Promise<void> {
    const passwordFile = join(this.#home, 'password')
    await writeFile(passwordFile, this.#password, { mode: 0o600 })
    await this.#giveAway(passwordFile)
    const [bin, account] = [this.#bin, this.#account]
    await runInitdb({ bin, account, passwordFile, dataDirectory: this.#data })
    await rm(passwordFile)
  }

  /** The backup is one of the primary, whichever server is followed: its own writes make it consistent at once. */
  async #copyData(upstream: Server): Promise<void> {
    let primary = upstream
    while (primary.#upstream !== undefined) primary = primary.#upstream
    const from = { adminUrl: primary.adminUrl.expose(), dataDirectory: primary.#data }
    await copyDataDirectory(from, this.#data, this.#account)
    await this.follow(upstream)
  }

  follow(upstream: Postgres): Promise<void> {
    return becomeStandby(this.#data, upstream.adminUrl.expose(), this.#account)
  }

  /** To the account that the server runs as. */
  async #giveAway(path: string): Promise<void> {
    const { uid, gid } = this.#account
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
  }

  async startOnFreePort(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.#port = this.#options.port ?? (await findFreePort())
      try {
        await this.start()
        return
      } catch (error) {
        const inUse = error instanceof Error && error.message.includes(IN_USE)
        if (!inUse || this.#options.port !== undefined || attempt === PORT_ATTEMPTS) throw error
        await rm(this.logPath)
      }
    }
  }

  async start(): Promise<void> {
    if (this.#process !== undefined && !hasEnded(this.#process)) return
    const settings = { ...TEST_SETTINGS, ...this.#settings, port: this.port }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const log = await open(this.logPath, 'a', 0o600)
    const server = spawn(join(this.#bin, 'postgres'), ['-D', this.#data, ...flags], {
      ...this.#account,
      cwd: this.#home,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    try {
      await once(server, 'spawn')
    } finally {
      await log.close()
    }
    this.#process = server
    this.#watchdog = watch(server, this.#home)
    await this.#untilReady(server)
  }

  /** A standby may have no smaller limits than its primary. */
  get #settings(): Readonly<Record<string, string | number>> {
    const upstream = this.#upstream
    return { ...(upstream && upstream.#settings), ...this.#options.settings }
  }

  async #untilReady(server: ChildProcess): Promise<void> {
    const endMs = Date.now() + (this.#options.startupTimeoutMs ?? 30_000)
    for (;;) {
      const problem = await tryLogin(this.adminUrl.expose())
      if (problem === undefined) return
      if (hasEnded(server) || Date.now() > endMs) {
        await this.stop()
        const log = await readFile(this.logPath, 'utf8')
        throw new Error(`PostgreSQL did not start (${problem}). Its log ends: ${log.slice(-500)}`)
      }
      await delay(25)
    }
  }

  /** The watchdog goes last, so that nothing is left if this process dies while it stops the server. */
  async stop(): Promise<void> {
    await this.#stopServer()
    await end(this.#watchdog, 'SIGKILL')
  }

  async #stopServer(): Promise<void> {
    const server = this.#process
    this.#process = undefined
    await end(server, 'SIGINT')
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async close(): Promise<void> {
    await this.#stopServer()
    if (this.#home !== '') await rm(this.#home, { recursive: true, force: true })
    await end(this.#watchdog, 'SIGKILL')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function ours(server: Postgres): Server {
  if (server instanceof Server) return server
  throw new TypeError('only a server that openPostgres started can be followed')
}

function watch(server: ChildProcess, home: string): ChildProcess {
  const watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', String(server.pid), home], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  server.unref()
  watchdog.unref()
  return watchdog
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || hasEnded(child)) return
  child.ref()
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

async function tryLogin(connectionString: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000 })
  // Without a listener a connection that is cut late would end this process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return undefined
  } catch (error) {
    return (error as { code?: string }).code ?? 'no answer'
  } finally {
    await client.end()
  }
}
