import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Issued } from './certificates.ts'
import { findFreePort } from './free-ports.ts'
import {
  type GuardedHome,
  type GuardedProcess,
  guardHome,
  untilStarted,
} from './guarded-process.ts'

/** How to start a MariaDB. */
export interface MariaDbOptions {
  /** The executable of the server, as `findForTest` gives it. */
  readonly program: string
  /** Its certificate. Default: it has no TLS. */
  readonly certificate?: Pick<Issued, 'key' | 'pem'>
}

/** A MariaDB of our own. */
export interface MariaDb extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** The login of an administrator who may do everything. */
  readonly administrator: { readonly user: string; readonly password: { expose(): string } }
  /** Ends the server, and starts it again with its data. */
  restart(): Promise<void>
  /** Ends the server. Can be called twice. */
  stop(): Promise<void>
  /** Ends the server and removes its data. Can be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const STARTUP_TIMEOUT_MS = 30_000
const ADMINISTRATOR = 'administrator'
const PKCS8 = { format: 'pem', type: 'pkcs8' } as const

/** Starts a real MariaDB on a loopback port, in about seven seconds. When root, it runs as `mysql`. If this process is killed, it ends. */
export async function openMariaDb(options: MariaDbOptions): Promise<MariaDb> {
  const home = await guardHome(await mkdtemp(join(tmpdir(), 'rekey-mariadb-')))
  const server = new Server(options, home, await findFreePort())
  try {
    await server.begin()
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}

class Server implements MariaDb {
  readonly host = HOST
  readonly port: number
  readonly administrator = { user: ADMINISTRATOR, password: { expose: () => this.#password } }
  readonly #password = randomBytes(24).toString('hex')
  readonly #options: MariaDbOptions
  readonly #home: GuardedHome
  #process: GuardedProcess | undefined

  constructor(options: MariaDbOptions, home: GuardedHome, port: number) {
    this.#options = options
    this.#home = home
    this.port = port
  }

  get #asUser(): string[] {
    return process.getuid?.() === 0 ? ['--user=mysql'] : []
  }

  async begin(): Promise<void> {
    const { directory } = this.#home
    const data = join(directory, 'data')
    // The user that it runs as must be able to enter it.
    await chmod(directory, 0o711)
    const install = join(dirname(this.#options.program), '../bin/mariadb-install-db')
    const flags = ['--auth-root-authentication-method=normal', '--skip-test-db']
    await promisify(execFile)(install, [
      ...['--no-defaults', ...this.#asUser, `--datadir=${data}`, ...flags],
    ])
    // A statement a line; where the server alone may look.
    const statements = [
      `create user ${ADMINISTRATOR} identified by '${this.#password}';`,
      `grant all on *.* to ${ADMINISTRATOR} with grant option;`,
    ]
    await writeFile(join(data, 'first.sql'), statements.map((line) => `${line}\n`).join(''))
    const { certificate } = this.#options
    if (certificate !== undefined) {
      // Where it may read: the key is gone with its data.
      await writeFile(join(data, 'server.key'), certificate.key.export(PKCS8))
      await writeFile(join(data, 'server.crt'), certificate.pem)
    }
    await this.#start([`--init-file=${join(data, 'first.sql')}`])
    await rm(join(data, 'first.sql'))
  }

  async #start(more: readonly string[] = []): Promise<void> {
    const data = join(this.#home.directory, 'data')
    const server = await this.#home.spawn('mariadb', this.#options.program, [
      ...['--no-defaults', ...this.#asUser, `--datadir=${data}`],
      ...[`--bind-address=${HOST}`, `--port=${this.port}`, `--socket=${join(data, 'socket')}`],
      ...[`--pid-file=${join(data, 'pid')}`, '--innodb-buffer-pool-size=32M'],
      ...['--skip-name-resolve', '--innodb-flush-log-at-trx-commit=0'],
      ...(this.#options.certificate === undefined
        ? []
        : [`--ssl-key=${join(data, 'server.key')}`, `--ssl-cert=${join(data, 'server.crt')}`]),
      ...more,
    ])
    this.#process = server
    const isReady = () => hasGreeted(this.port)
    await untilStarted('MariaDB', server, { isReady, limitMs: STARTUP_TIMEOUT_MS })
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

/** A server greets who connects once it is ready. */
async function hasGreeted(port: number): Promise<boolean> {
  const socket = connect(port, HOST)
  try {
    await once(socket, 'data')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
