import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { findFreePort } from './free-ports.ts'
import { type Account, findPostgresAccount } from './postgres-programs.ts'

/** How to start a PgBouncer in front of a server. */
export interface PgBouncerOptions {
  /** The executable, as `findForTest` gives it. */
  readonly program: string
  /** Where every database is. */
  readonly server: { readonly host: string; readonly port: number }
  /** Settings of `[pgbouncer]` beside the addresses and the console's own user, such as `{ pool_mode: 'session' }`. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** The names and passwords of `auth_file`. */
  readonly users?: Readonly<Record<string, string>>
}

/** A PgBouncer of our own. */
export interface PgBouncer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly logPath: string
  /** Runs a command of its console, such as `RECONNECT` or `SHOW SERVERS`. */
  command(text: string): Promise<Readonly<Record<string, unknown>>[]>
  /** Ends it and removes its files. Can be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
/** Databases that only `*` matches are forgotten while they are unused, for example that one was paused. */
const DATABASES = ['postgres', '*']
const CONSOLE = 'console'
const PORT_ATTEMPTS = 5
const IN_USE = 'Address already in use'
const STARTUP_TIMEOUT_MS = 10_000

/** Ends PgBouncer and removes its files when its input ends, so also when the process that started it is gone. */
const GUARD = '"$1" "$2/pgbouncer.ini" & cat >/dev/null; kill $!; wait; rm -rf -- "$2"'

/**
 * Starts a real PgBouncer on a loopback port, in about a tenth of a second. When root, it runs as the user `postgres`, since
 * it refuses root. If this process is killed, it ends and its files go.
 *
 * @throws {Error} if it does not start in time; the message has the end of its log
 */
export async function openPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  const account = await findPostgresAccount()
  for (let attempt = 1; ; attempt += 1) {
    const pooler = new Pooler(await findFreePort())
    try {
      await pooler.start(options, account)
      return pooler
    } catch (error) {
      await pooler.close()
      const inUse = error instanceof Error && error.message.includes(IN_USE)
      if (!inUse || attempt === PORT_ATTEMPTS) throw error
    }
  }
}

class Pooler implements PgBouncer {
  readonly host = HOST
  readonly port: number
  readonly #password = randomBytes(24).toString('hex')
  #home = ''
  #guard: ChildProcess | undefined

  constructor(port: number) {
    this.port = port
  }

  get logPath(): string {
    return join(this.#home, 'pgbouncer.log')
  }

  async start(options: PgBouncerOptions, account: Account): Promise<void> {
    this.#home = await mkdtemp(join(tmpdir(), 'rekey-pgbouncer-'))
    const users = { ...options.users, [CONSOLE]: this.#password }
    const files = {
      'pgbouncer.ini': this.#configuration(options),
      'users.txt': Object.entries(users).map(([name, password]) => `"${name}" "${password}"\n`),
    }
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(this.#home, name), text, { mode: 0o600 })
    }
    const { uid, gid } = account
    if (uid !== undefined && gid !== undefined) {
      for (const name of ['.', ...Object.keys(files)]) await chown(join(this.#home, name), uid, gid)
    }
    await this.#spawn(options.program, account)
    await this.#untilReady()
  }

  #configuration({ server, settings }: PgBouncerOptions): string {
    const section = {
      ...settings,
      listen_addr: HOST,
      listen_port: this.port,
      unix_socket_dir: '',
      auth_file: join(this.#home, 'users.txt'),
      admin_users: CONSOLE,
    }
    const lines = Object.entries(section).map(([name, value]) => `${name} = ${value}`)
    const databases = DATABASES.map((name) => `${name} = host=${server.host} port=${server.port}`)
    return ['[databases]', ...databases, '[pgbouncer]', ...lines, ''].join('\n')
  }

  async #spawn(program: string, account: Account): Promise<void> {
    const log = await open(this.logPath, 'a', 0o600)
    const guard = spawn('sh', ['-c', GUARD, 'sh', program, this.#home], {
      ...account,
      detached: true,
      stdio: ['pipe', log.fd, log.fd],
    })
    try {
      await once(guard, 'spawn')
    } finally {
      await log.close()
    }
    guard.unref()
    this.#guard = guard
  }

  async #untilReady(): Promise<void> {
    const endMs = Date.now() + STARTUP_TIMEOUT_MS
    for (;;) {
      const problem = await this.command('show version').then(
        () => undefined,
        (error: unknown) => (error as { code?: string }).code ?? 'no answer',
      )
      if (problem === undefined) return
      const log = await readFile(this.logPath, 'utf8')
      if (log.includes('FATAL') || log.includes(IN_USE) || Date.now() > endMs) {
        throw new Error(`PgBouncer did not start (${problem}). Its log ends: ${log.slice(-500)}`)
      }
      await delay(25)
    }
  }

  async command(text: string): Promise<Readonly<Record<string, unknown>>[]> {
    const { host, port } = this
    const client = new pg.Client({
      host,
      port,
      user: CONSOLE,
      password: this.#password,
      database: 'pgbouncer',
      connectionTimeoutMillis: 2000,
    })
    // Without a listener a connection that is cut late would end this process.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return (await client.query<Record<string, unknown>>(text)).rows
    } finally {
      await client.end()
    }
  }

  async close(): Promise<void> {
    const guard = this.#guard
    this.#guard = undefined
    if (guard !== undefined) {
      guard.ref()
      const ended = once(guard, 'exit')
      guard.stdin?.end()
      await ended
    }
    if (this.#home !== '') await rm(this.#home, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
