import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { findFreePort } from './free-ports.ts'
import {
  type GuardedHome,
  type GuardedProcess,
  guardHome,
  untilStarted,
} from './guarded-process.ts'

/** A SPIRE server and one agent. */
export interface Spire extends AsyncDisposable {
  /** The address of the agent's Workload API. */
  readonly socket: string
  /** Registers processes of this user: `dns` is the first name, which becomes the common name. Answers with the entry's id. */
  register(path: string, options: { readonly dns: string; readonly ttlS: number }): Promise<string>
  /** Takes an entry away. */
  unregister(id: string): Promise<void>
  stopAgent(): Promise<void>
  /** With a new join token, since one serves once. */
  startAgent(): Promise<void>
  /** Ends both and removes their files. Can be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const DOMAIN = 'rekey.test'
const NODE = `spiffe://${DOMAIN}/node`
const STARTUP_TIMEOUT_MS = 60_000
/** How often the agent asks the server, and renews what has less than half of its life left. */
const SYNC_INTERVAL = '200ms'

/**
 * Starts a real SPIRE. Its certificates begin ten seconds in the past, so one that lives ten seconds or less is renewed at each sync.
 * If this process is killed, both end.
 *
 * @param program `spire-server`, as `findForTest` gives it; `spire-agent` is beside it
 */
export async function openSpire(program: string): Promise<Spire> {
  const home = await guardHome(await mkdtemp(join(tmpdir(), 'rekey-spire-')))
  const spire = new Servers(program, home, await findFreePort())
  try {
    await spire.start()
    return spire
  } catch (error) {
    await spire.close()
    throw error
  }
}

class Servers implements Spire {
  readonly socket: string
  readonly #program: string
  readonly #home: GuardedHome
  readonly #port: number
  #agent: GuardedProcess | undefined

  constructor(program: string, home: GuardedHome, port: number) {
    this.#program = program
    this.#home = home
    this.#port = port
    this.socket = `unix://${this.#path('agent.sock')}`
  }

  #path(name: string): string {
    return join(this.#home.directory, name)
  }

  async start(): Promise<void> {
    await this.#write('server.conf', [
      `server { bind_address = "${HOST}" bind_port = "${this.#port}" trust_domain = "${DOMAIN}"`,
      `socket_path = "${this.#path('server.sock')}" data_dir = "${this.#home.directory}"`,
      'ca_subject { common_name = "Testbed Development CA" }',
      'experimental { cache_reload_interval = "200ms" } }',
      'plugins { DataStore "sql" { plugin_data { database_type = "sqlite3"',
      `connection_string = "${this.#path('data.sqlite3')}" } }`,
      'KeyManager "memory" { plugin_data {} } NodeAttestor "join_token" { plugin_data {} } }',
    ])
    const args = ['run', '-config', this.#path('server.conf')]
    const server = await this.#home.spawn('server', this.#program, args)
    await this.#untilHealthy('SPIRE server', server, this.#program, 'server.sock')
    await this.startAgent()
  }

  async startAgent(): Promise<void> {
    const answer = await this.#ask('token', 'generate', '-spiffeID', NODE)
    const token = /^Token: (\S+)/m.exec(answer)?.[1] ?? ''
    const data = this.#path('agent')
    await rm(data, { recursive: true, force: true })
    await this.#write('agent.conf', [
      `agent { data_dir = "${data}" trust_domain = "${DOMAIN}" join_token = "${token}"`,
      `server_address = "${HOST}" server_port = "${this.#port}" insecure_bootstrap = true`,
      `socket_path = "${this.#path('agent.sock')}" experimental { sync_interval = "${SYNC_INTERVAL}" } }`,
      'plugins { KeyManager "memory" { plugin_data {} } NodeAttestor "join_token" { plugin_data {} }',
      'WorkloadAttestor "unix" { plugin_data {} } }',
    ])
    const program = join(dirname(this.#program), 'spire-agent')
    const args = ['run', '-config', this.#path('agent.conf')]
    const agent = await this.#home.spawn('agent', program, args)
    this.#agent = agent
    await this.#untilHealthy('SPIRE agent', agent, program, 'agent.sock')
  }

  async register(path: string, { dns, ttlS }: { dns: string; ttlS: number }): Promise<string> {
    const answer = await this.#ask(
      ...['entry', 'create', '-parentID', NODE, '-spiffeID', `spiffe://${DOMAIN}/${path}`],
      ...['-selector', `unix:uid:${String(process.getuid?.())}`, '-dns', dns],
      ...['-x509SVIDTTL', String(ttlS)],
    )
    return /^Entry ID\s*: (\S+)/m.exec(answer)?.[1] ?? ''
  }

  async unregister(id: string): Promise<void> {
    await this.#ask('entry', 'delete', '-entryID', id)
  }

  async stopAgent(): Promise<void> {
    await this.#agent?.stop()
  }

  close(): Promise<void> {
    return this.#home.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #untilHealthy(
    name: string,
    server: GuardedProcess,
    program: string,
    socket: string,
  ): Promise<void> {
    const isReady = () =>
      run(program, ['healthcheck', '-socketPath', this.#path(socket)]).then(
        () => true,
        () => false,
      )
    await untilStarted(name, server, { isReady, limitMs: STARTUP_TIMEOUT_MS })
  }

  async #ask(...args: readonly string[]): Promise<string> {
    const socket = ['-socketPath', this.#path('server.sock')]
    return (await run(this.#program, [...args, ...socket])).stdout
  }

  async #write(name: string, lines: readonly string[]): Promise<void> {
    await writeFile(this.#path(name), lines.join('\n'), { mode: 0o600 })
  }
}

const run = promisify(execFile)
