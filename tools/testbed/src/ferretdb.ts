import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort, isListening } from './free-ports.ts'
import { type GuardedHome, guardHome, untilStarted } from './guarded-process.ts'

/**
 * A FerretDB of our own, which answers the protocol of MongoDB. It has users and SCRAM, cursors and no transactions, no roles, no list of
 * sessions; a connection outlives its user.
 */
export interface FerretDb extends AsyncDisposable {
  readonly host: string
  /** Without TLS. */
  readonly port: number
  /** The administrator, of the database `admin`. */
  readonly user: string
  readonly password: { expose(): string }
  /** Suspends it, so that connections are accepted and nothing answers. */
  pause(): Promise<void>
  resume(): void
  /** Ends the server and removes its files. Can be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const STARTUP_TIMEOUT_MS = 20_000

/**
 * Starts a real FerretDB on a loopback port, in about a tenth of a second. If this process is killed, it ends.
 *
 * @param program `ferretdb`, as `findForTest` gives it
 */
export async function openFerretDb(program: string): Promise<FerretDb> {
  const home = await guardHome(await mkdtemp(join(tmpdir(), 'rekey-ferretdb-')))
  try {
    return await start(program, home)
  } catch (error) {
    await home.close()
    throw error
  }
}

async function start(program: string, home: GuardedHome): Promise<FerretDb> {
  const { directory } = home
  const port = await findFreePort()
  const [user, password] = ['root', randomBytes(24).toString('hex')]
  const server = await home.spawn('ferretdb', 'env', [
    `FERRETDB_SETUP_PASSWORD=${password}`,
    program,
    ...['--handler=sqlite', `--sqlite-url=file:${directory}/`, `--state-dir=${directory}`],
    ...[`--listen-addr=${HOST}:${port}`, '--debug-addr=-', '--telemetry=disable'],
    // Without this flag it has neither users nor SCRAM.
    ...['--test-enable-new-auth', `--setup-username=${user}`, '--setup-database=admin'],
    '--log-level=error',
  ])
  const isReady = () => isListening(port)
  await untilStarted('FerretDB', server, { isReady, limitMs: STARTUP_TIMEOUT_MS })
  const close = () => home.close()
  return {
    ...{ host: HOST, port, user, password: { expose: () => password }, close },
    pause: () => server.pause(),
    resume() {
      server.resume()
    },
    [Symbol.asyncDispose]: close,
  }
}
