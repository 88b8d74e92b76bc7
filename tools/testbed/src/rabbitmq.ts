import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from './free-ports.ts'
import { type GuardedHome, guardHome, untilStarted } from './guarded-process.ts'

/** A RabbitMQ of our own, with its management API. */
export interface RabbitMq extends AsyncDisposable {
  readonly host: string
  /** Of AMQP, without TLS. */
  readonly port: number
  /** `http://HOST:PORT` of the management API. */
  readonly management: string
  /** The administrator. */
  readonly user: string
  readonly password: { expose(): string }
  /** Asks the management API as the administrator: the path after `/api`. @throws if the status is not 2xx */
  ask(method: string, path: string, body?: unknown): Promise<unknown>
  /** Suspends it, so that connections are accepted and nothing answers. */
  pause(): Promise<void>
  resume(): void
  /** Ends the server and removes its files. Can be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const STARTUP_TIMEOUT_MS = 90_000

/**
 * Starts a real RabbitMQ on loopback ports, in 6 to 20 seconds. If this process is killed, it ends.
 *
 * @param program `rabbitmq-server`, as `findForTest` gives it
 */
export async function openRabbitMq(program: string): Promise<RabbitMq> {
  const home = await guardHome(await mkdtemp(join(tmpdir(), 'rekey-rabbitmq-')))
  try {
    return await start(program, home)
  } catch (error) {
    await home.close()
    throw error
  }
}

async function start(program: string, home: GuardedHome): Promise<RabbitMq> {
  const { directory } = home
  const ports: number[] = []
  while (ports.length < 4) {
    const port = await findFreePort()
    if (!ports.includes(port)) ports.push(port)
  }
  const [port = 0, managementPort = 0, distribution = 0, mapper = 0] = ports
  const [user, password] = ['root', randomBytes(24).toString('hex')]
  const write = (name: string, lines: readonly string[]) =>
    writeFile(join(directory, name), lines.map((line) => `${line}\n`).join(''), { mode: 0o600 })
  await write('plugins', ['[rabbitmq_management].'])
  await write('rabbitmq.conf', [
    ...[`listeners.tcp.1 = ${HOST}:${port}`, 'loopback_users = none', 'log.console = true'],
    ...[`management.tcp.ip = ${HOST}`, `management.tcp.port = ${managementPort}`],
    ...[`default_user = ${user}`, `default_pass = ${password}`],
    'collect_statistics_interval = 1000',
  ])
  // Without one of its own, the server leaves a mapper of names behind when it ends.
  await home.spawn('epmd', 'epmd', ['-port', String(mapper), '-address', HOST])
  const variables = {
    ERL_EPMD_ADDRESS: HOST,
    ERL_EPMD_PORT: mapper,
    RABBITMQ_ALLOW_INPUT: 1,
    RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_DIST_PORT: distribution,
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'plugins'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
    RABBITMQ_NODENAME: `rekey-${port}@localhost`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-noinput -kernel inet_dist_use_interface {127,0,0,1} +S 1:1',
  }
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const server = await home.spawn('rabbitmq', 'env', [...settings, program])
  const management = `http://${HOST}:${managementPort}`
  const ask = askAs(management, `${user}:${password}`)
  // Ready once it lists itself, with all that it listens on.
  const isReady = () =>
    ask('GET', '/overview').then(
      (overview) => JSON.stringify(overview).includes('"protocol":"amqp"'),
      () => false,
    )
  await untilStarted('RabbitMQ', server, { isReady, limitMs: STARTUP_TIMEOUT_MS })
  const close = () => home.close()
  return {
    ...{ host: HOST, port, management, user, password: { expose: () => password }, ask, close },
    pause: () => server.pause(),
    resume() {
      server.resume()
    },
    [Symbol.asyncDispose]: close,
  }
}

function askAs(management: string, login: string): RabbitMq['ask'] {
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`
  return async (method, path, body) => {
    const response = await fetch(`${management}/api${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`RabbitMQ answered ${response.status} for ${method} ${path}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
}
