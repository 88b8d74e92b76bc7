import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { openStore } from '@rekey/config-loader/store'
import { findForTest, openVault, runCompiled, type Vault } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

const program = await findForTest('vault')

/** The limit of `Service.close`, and time for a loaded machine. */
const STOPS_WITHIN_MS = 5_000 + 5_000
const READ = '/v1/secret/data/'
const REVOKE = '/v1/auth/token/revoke-self'

describe.runIf(program.found)('S25 a service that gets SIGTERM while it reads its source', () => {
  let vault: Vault
  let directory = ''
  beforeAll(async () => {
    vault = await openVault({ program: program.path })
    directory = await mkdtemp(join(tmpdir(), 'rekey-stop-'))
    await vault.require('POST', 'sys/auth/approle', { type: 'approle' })
    const policy = 'path "secret/*" { capabilities = ["read"] }'
    await vault.require('PUT', 'sys/policies/acl/app', { policy })
    await vault.require('POST', 'auth/approle/role/app', { token_policies: ['app'] })
    const roleId = await vault.require('GET', 'auth/approle/role/app/role-id')
    const secretId = await vault.require('POST', 'auth/approle/role/app/secret-id')
    await writeFile(join(directory, 'role-id'), String(roleId.data?.['role_id']), { mode: 0o600 })
    await writeFile(join(directory, 'secret-id'), String(secretId.data?.['secret_id']), {
      mode: 0o600,
    })
    const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken }
    await using store = await openStore('vault:secret/app', { env })
    const value = NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
    await store.create('TEXT_APP', Secret.of(value, 'TEXT_APP'))
  }, 60_000)
  afterAll(async () => {
    await vault.close()
    await rm(directory, { recursive: true })
  })

  /** Passes everything on to Vault, and holds what it is told to hold for ever. */
  async function openProxy() {
    const seen: string[] = []
    const count = (part: string) => seen.filter((what) => what.includes(part)).length
    const proxy = { count, holds: [] as string[], cut: 0, address: '' }
    const server = createServer((incoming, outgoing) => {
      const what = incoming.url ?? ''
      seen.push(what)
      outgoing.on('close', () => {
        if (!outgoing.writableEnded) proxy.cut += 1
      })
      if (!proxy.holds.some((held) => what.includes(held)))
        passOn(vault.address, incoming, outgoing)
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    proxy.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    return proxy
  }

  function start(address: string, locator = 'vault:secret/app') {
    const script = fileURLToPath(new URL('./stopping-service.ts', import.meta.url))
    const child = spawn(execPath, runCompiled(script), {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        ...{ PATH: process.env['PATH'], REKEY_ENVIRONMENT: 'test', HEALTH_PORT: '0' },
        ...{ REKEY_SECRETS: locator, VAULT_ADDR: address },
        REKEY_VAULT_AUTH: 'approle',
        VAULT_ROLE_ID_FILE: join(directory, 'role-id'),
        VAULT_SECRET_ID_FILE: join(directory, 'secret-id'),
      },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const exited = once(child, 'exit')
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    return { child, exited, lines }
  }

  const eventually = (ask: () => unknown) => expect.poll(ask, { timeout: 15_000, interval: 20 })

  it.each([
    ['aborts the read, gives its token back, and ends', [], true],
    ['ends within its deadline although its source answers nothing any more', [REVOKE], false],
  ])('%s', async (_what, holds, isRevoked) => {
    const proxy = await openProxy()
    const { child, exited, lines } = start(proxy.address)
    expect((await lines.next()).value).toBe('ready')
    const before = await countTokens()
    proxy.holds = [READ, ...holds]
    const reads = proxy.count(READ)
    await eventually(() => proxy.count(READ)).toBeGreaterThan(reads)
    const from = performance.now()
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(performance.now() - from).toBeLessThan(STOPS_WITHIN_MS)
    await eventually(() => proxy.cut).toBeGreaterThan(0)
    expect(proxy.count(REVOKE)).toBe(1)
    expect(await countTokens()).toBe(isRevoked ? before - 1 : before)
  })

  it('gives its token back as well when it cannot start', async () => {
    const proxy = await openProxy()
    const { exited, lines } = start(proxy.address, 'vault:secret/nothing')
    expect(await exited).toEqual([1, null])
    expect((await lines.next()).done).toBe(true)
    expect(proxy.count(READ)).toBeGreaterThan(0)
    expect(proxy.count(REVOKE)).toBe(1)
  })

  async function countTokens(): Promise<number> {
    const { data } = await vault.require('LIST', 'auth/token/accessors')
    return (data?.['keys'] as readonly string[]).length
  }
})

function passOn(to: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers } = incoming
  const url = new URL(incoming.url ?? '/', to)
  const onward = request(url, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', () => outgoing.destroy())
  incoming.pipe(onward)
}
