import { execFile } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Issued } from './certificates.ts'
import { findFreePorts } from './free-ports.ts'
import {
  type GuardedHome,
  type GuardedProcess,
  guardHome,
  untilStarted,
} from './guarded-process.ts'

/** How to start a Kafka. */
export interface KafkaOptions {
  /** The executable, as `findForTest` gives it. */
  readonly program: string
  /** The certificate of a second listener, with TLS. Default: there is none. */
  readonly certificate?: Pick<Issued, 'key' | 'pem'>
  /** More settings of the broker: `connections.max.reauth.ms`. An empty one is left out. */
  readonly settings?: Readonly<Record<string, string>>
  /** How many brokers there are: 1, which is the default, or 2. */
  readonly brokers?: 1 | 2
}

/** A Kafka of our own, with SCRAM and ACLs: one node that is broker and controller, and a second broker if it is wanted. */
export interface Kafka extends AsyncDisposable {
  /** `HOST:PORT` of the listener without TLS. */
  readonly broker: string
  /** `HOST:PORT` of the listener with TLS; empty without a certificate. */
  readonly secureBroker: string
  /** The super user, by `SCRAM-SHA-512`. */
  readonly administrator: { readonly user: string; readonly password: { expose(): string } }
  /** The second broker, without TLS. */
  readonly second:
    (Pick<GuardedProcess, 'pause' | 'resume'> & { readonly broker: string }) | undefined
  /** Suspends the first one, so that connections are accepted and nothing answers. */
  pause(): Promise<void>
  resume(): void
  /** Ends the server, and starts it again with its data. */
  restart(): Promise<void>
  /** Ends the server and removes its data. Can be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const STARTUP_TIMEOUT_MS = 60_000
const ADMINISTRATOR = 'root'
const ITERATIONS = 4096
const LOGIN_MODULE = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
const PKCS8 = { format: 'pem', type: 'pkcs8' } as const

/** Starts a real Kafka on loopback ports, in 4 to 10 seconds. If this process is killed, it ends. */
export async function openKafka(options: KafkaOptions): Promise<Kafka> {
  const home = await guardHome(await mkdtemp(join(tmpdir(), 'rekey-kafka-')))
  const server = new Server(options, home, await findFreePorts(4))
  try {
    await server.begin()
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}

class Server implements Kafka {
  readonly broker: string
  readonly secureBroker: string
  readonly administrator
  readonly #password = randomBytes(24).toString('hex')
  readonly #options: KafkaOptions
  readonly #home: GuardedHome
  readonly #ports: readonly number[]
  #process: GuardedProcess | undefined
  #second: GuardedProcess | undefined

  constructor(options: KafkaOptions, home: GuardedHome, ports: readonly number[]) {
    const [port = 0, , securePort = 0] = ports
    this.#options = options
    this.#home = home
    this.#ports = ports
    this.administrator = { user: ADMINISTRATOR, password: { expose: () => this.#password } }
    this.broker = `${HOST}:${port}`
    this.secureBroker = options.certificate === undefined ? '' : `localhost:${securePort}`
  }

  async begin(): Promise<void> {
    const { certificate, program } = this.#options
    const write = (name: string, text: string) => writeFile(this.#path(name), text, { mode: 0o600 })
    const writeSettings = (name: string, settings: Record<string, string>) => {
      const lines = Object.entries(settings).filter(([, value]) => value !== '')
      return write(name, lines.map(([setting, value]) => `${setting}=${value}\n`).join(''))
    }
    await writeSettings('server.properties', this.#settings())
    await writeSettings('second.properties', { ...this.#settings(), ...this.#ofSecond() })
    if (certificate !== undefined) {
      const key = certificate.key.export(PKCS8)
      await write('server.pem', `${String(key)}${certificate.pem}`)
    }
    const cluster = randomBytes(16).toString('base64url')
    const format = (settings: string, login: readonly string[]) =>
      promisify(execFile)(program, [
        ...['kafka.tools.StorageTool', 'format', `--cluster-id=${cluster}`],
        ...['-c', this.#path(settings), ...login],
      ])
    await format('server.properties', ['--add-scram', `SCRAM-SHA-512=[${this.#salted()}]`])
    await this.#start()
    if (this.#options.brokers !== 2) return
    await format('second.properties', [])
    this.#second = await this.#spawn('second', this.#secondBroker)
  }

  get second(): Kafka['second'] {
    return this.#second && { ...this.#second, broker: this.#secondBroker }
  }

  get #secondBroker(): string {
    return `${HOST}:${this.#ports[3] ?? 0}`
  }

  #ofSecond(): Record<string, string> {
    const listener = `SASL_PLAINTEXT://${this.#secondBroker}`
    return {
      ...{ 'process.roles': 'broker', 'node.id': '2', 'log.dirs': this.#path('data-2') },
      ...{ listeners: listener, 'advertised.listeners': listener },
    }
  }

  /** The administrator as Kafka keeps it: arguments can be read by others, so the password itself is in none. */
  #salted(): string {
    const salt = randomBytes(16)
    const salted = pbkdf2Sync(this.#password, salt, ITERATIONS, 64, 'sha512')
    const [at, digest] = [salt.toString('base64'), salted.toString('base64')]
    return `name=${ADMINISTRATOR},iterations=${ITERATIONS},salt="${at}",saltedpassword="${digest}"`
  }

  #settings(): Record<string, string> {
    const [, controller = 0] = this.#ports
    const login = `username="${ADMINISTRATOR}" password="${this.#password}"`
    const listeners = [`SASL_PLAINTEXT://${this.broker}`]
    if (this.secureBroker !== '') listeners.push(`SASL_SSL://${this.secureBroker}`)
    const one = Object.fromEntries(
      [
        'offsets.topic.replication.factor',
        'offsets.topic.num.partitions',
        'transaction.state.log.replication.factor',
        'transaction.state.log.min.isr',
        'transaction.state.log.num.partitions',
      ].map((name) => [name, '1']),
    )
    return {
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': `1@${HOST}:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'SASL_PLAINTEXT',
      'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
      listeners: [...listeners, `CONTROLLER://${HOST}:${controller}`].join(),
      'advertised.listeners': listeners.join(),
      'listener.security.protocol.map':
        'CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
      'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
      // Each mechanism of each listener; the node itself logs in by one of them.
      'listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config': `${LOGIN_MODULE} ${login};`,
      'listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config': `${LOGIN_MODULE};`,
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${LOGIN_MODULE};`,
      'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${LOGIN_MODULE};`,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // The controller's listener has no login, and its own broker comes by it.
      'super.users': `User:${ADMINISTRATOR};User:ANONYMOUS`,
      ...one,
      'group.initial.rebalance.delay.ms': '0',
      'log.dirs': this.#path('data'),
      ...(this.secureBroker !== '' && {
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': this.#path('server.pem'),
      }),
      ...this.#options.settings,
    }
  }

  async #start(): Promise<void> {
    this.#process = await this.#spawn('server', this.broker)
  }

  async #spawn(name: string, broker: string): Promise<GuardedProcess> {
    const settings = ['kafka.Kafka', this.#path(`${name}.properties`)]
    const server = await this.#home.spawn(name, this.#options.program, settings)
    const [host = '', port = ''] = broker.split(':')
    const isReady = () => isListening(Number(port), host)
    await untilStarted('Kafka', server, { isReady, limitMs: STARTUP_TIMEOUT_MS })
    return server
  }

  #path(name: string): string {
    return join(this.#home.directory, name)
  }

  async pause(): Promise<void> {
    await this.#process?.pause()
  }

  resume(): void {
    this.#process?.resume()
  }

  async restart(): Promise<void> {
    await this.#process?.stop()
    await this.#start()
  }

  close(): Promise<void> {
    return this.#home.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

async function isListening(port: number, host: string): Promise<boolean> {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
