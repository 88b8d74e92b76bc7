import { setTimeout as delay } from 'node:timers/promises'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from './free-ports.ts'
import { guardHome, type GuardedHome, type GuardedProcess } from './guarded-process.ts'
import { bodyOf, createVaultAdmin, type VaultAdmin, type VaultBody } from './vault-admin.ts'
import { openVaultAudit, type VaultAudit } from './vault-audit.ts'

/** Options of a Vault. */
export interface VaultOptions {
  /** The executable, as `findForTest('vault')` gives it. */
  readonly program: string
  /** `memory` (default) forgets everything when it is stopped; `file` does not. */
  readonly storage?: 'memory' | 'file'
  /** More of Vault's own configuration: `{ default_lease_ttl: '10s' }`. */
  readonly settings?: Readonly<Record<string, unknown>>
}

/** A Vault server of our own, initialised, unsealed, with KV version 2 at `secret/`. Ends when disposed. */
export interface Vault extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, also after a restart. */
  readonly address: string
  readonly rootToken: string
  readonly pid: number | undefined
  /** Any request, as root by default; throws on no status. */
  readonly request: VaultAdmin
  /** The body of a request that must succeed. */
  require(...request: Parameters<VaultAdmin>): Promise<VaultBody>
  seal(): Promise<void>
  unseal(): Promise<void>
  /** Ends the process as an operator would. */
  stop(): Promise<void>
  /** Ends the process as the kernel would. */
  kill(): Promise<void>
  /** Starts and unseals it again, at the same address. Only with storage `file`. */
  start(): Promise<void>
  /** Suspends the process: connections are accepted by the kernel, and nothing answers. */
  pause(): Promise<void>
  resume(): void
  /** Enables an audit device, which can then be blocked. */
  openAudit(): Promise<VaultAudit>
  readLog(): Promise<string>
  /** Ends it and removes its files. Can be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const NAME = 'vault'
const CONFIGURATION = 'vault.json'
const ATTEMPTS = 5
const IN_USE = 'address already in use'
const STARTUP_TIMEOUT_MS = 60_000

/**
 * Starts a real Vault on a loopback port, in about a second. If this process is killed, a watchdog ends the server.
 *
 * @throws {Error} if it does not start in time; the message has the end of its log
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  for (let attempt = 1; ; attempt += 1) {
    const home = await guardHome(await mkdtemp(join(tmpdir(), 'rekey-vault-')))
    try {
      const vault = new VaultServer(home, await findFreePort(), options)
      await vault.initialize()
      return vault
    } catch (error) {
      await home.close()
      const inUse = error instanceof Error && error.message.includes(IN_USE)
      if (!inUse || attempt === ATTEMPTS) throw error
    }
  }
}

class VaultServer implements Vault {
  readonly address: string
  readonly request: VaultAdmin
  readonly #home: GuardedHome
  readonly #port: number
  readonly #options: VaultOptions
  #server: GuardedProcess | undefined
  #rootToken = ''
  #unsealKey = ''

  constructor(home: GuardedHome, port: number, options: VaultOptions) {
    this.address = `http://${HOST}:${port}`
    this.#home = home
    this.#port = port
    this.#options = options
    this.request = createVaultAdmin(this.address, () => this.#rootToken)
  }

  get rootToken(): string {
    return this.#rootToken
  }

  get pid(): number | undefined {
    return this.#server?.pid
  }

  async initialize(): Promise<void> {
    const file = join(this.#home.directory, CONFIGURATION)
    await writeFile(file, JSON.stringify(this.#configuration()), { mode: 0o600 })
    await this.#spawn()
    const shares = { secret_shares: 1, secret_threshold: 1 }
    const { root_token, keys_base64 } = (await this.require(
      'PUT',
      'sys/init',
      shares,
    )) as unknown as {
      root_token: string
      keys_base64: [string]
    }
    this.#rootToken = root_token
    this.#unsealKey = keys_base64[0]
    await this.unseal()
    await this.require('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } })
    await this.#untilStatus(200, 'secret/config')
  }

  #configuration(): object {
    const { storage = 'memory', settings } = this.#options
    const storages = {
      memory: { inmem: {} },
      file: { file: { path: join(this.#home.directory, 'data') } },
    }
    return {
      disable_mlock: true,
      api_addr: this.address,
      listener: [{ tcp: { address: `${HOST}:${this.#port}`, tls_disable: true } }],
      ...settings,
      storage: storages[storage],
    }
  }

  async #spawn(): Promise<void> {
    const args = ['server', `-config=${CONFIGURATION}`]
    this.#server = await this.#home.spawn(NAME, this.#options.program, args)
    await this.#untilStatus(0, 'sys/seal-status')
  }

  /** While it was down, another process may have taken its port for a moment. */
  async #spawnAgain(): Promise<void> {
    const endMs = Date.now() + STARTUP_TIMEOUT_MS
    for (;;) {
      try {
        await this.#spawn()
        return
      } catch (error) {
        const inUse = (await this.readLog()).slice(-800).includes(IN_USE)
        if (!inUse || Date.now() > endMs) throw error
      }
      await delay(200)
    }
  }

  /** Waits until `path` answers with `status`, or at all for 0. */
  async #untilStatus(status: number, path: string): Promise<void> {
    const endMs = Date.now() + STARTUP_TIMEOUT_MS
    for (;;) {
      const reply = await this.request('GET', path).catch(() => undefined)
      if (reply !== undefined && (status === 0 || reply.status === status)) return
      if (this.#server?.hasEnded() !== false || Date.now() > endMs) {
        throw new Error(`Vault did not start. Its log ends: ${(await this.readLog()).slice(-800)}`)
      }
      await delay(25)
    }
  }

  async require(...request: Parameters<VaultAdmin>): Promise<VaultBody> {
    const [method, path] = request
    return bodyOf(await this.request(...request), `${method} ${path}`)
  }

  async seal(): Promise<void> {
    await this.require('PUT', 'sys/seal')
  }

  async unseal(): Promise<void> {
    await this.require('PUT', 'sys/unseal', { key: this.#unsealKey })
    await this.#untilStatus(200, 'sys/health')
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
  }

  async kill(): Promise<void> {
    await this.#server?.kill()
  }

  async start(): Promise<void> {
    if (this.#options.storage !== 'file') throw new Error("start it again with storage 'file' only")
    if (this.#server?.hasEnded() === false) throw new Error('Vault is running')
    await this.#spawnAgain()
    await this.unseal()
  }

  async pause(): Promise<void> {
    await this.#server?.pause()
  }

  resume(): void {
    this.#server?.resume()
  }

  openAudit(): Promise<VaultAudit> {
    return openVaultAudit(this.#home, (path) =>
      this.require('PUT', 'sys/audit/pipe', { type: 'file', options: { file_path: path } }),
    )
  }

  readLog(): Promise<string> {
    return this.#server?.readLog() ?? Promise.resolve('')
  }

  close(): Promise<void> {
    return this.#home.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
