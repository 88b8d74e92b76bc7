import { once } from 'node:events'
import { request as send } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Secret } from '@rekey/secret'
import { findForTest, openVault, type Vault } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createVaultClient } from '../internal.ts'

const { found, path: program } = await findForTest('vault')

/** A real Vault behind an endpoint with TLS, whose certificate that Vault has issued. */
describe.runIf(found)('a client with TLS', { timeout: 60_000 }, () => {
  let vault: Vault
  let endpoint: Server
  let caCert: string
  beforeAll(async () => {
    vault = await openVault({ program })
    await vault.require('POST', 'sys/mounts/pki', { type: 'pki' })
    const name = { common_name: 'localhost', ip_sans: '127.0.0.1' }
    const { data: ca } = await vault.require('POST', 'pki/root/generate/internal', name)
    await vault.require('POST', 'pki/roles/any', { allow_any_name: true, max_ttl: '1h' })
    const { data: leaf } = await vault.require('POST', 'pki/issue/any', name)
    caCert = String(ca?.['certificate'])
    const pair = { cert: String(leaf?.['certificate']), key: String(leaf?.['private_key']) }
    endpoint = createServer(pair, ({ method, url, headers }, outgoing) => {
      const forwarded = { method, headers, path: url }
      send(vault.address, forwarded, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      }).end()
    }).listen(0, '127.0.0.1')
    await once(endpoint, 'listening')
  }, 120_000)
  afterAll(async () => {
    endpoint.closeAllConnections()
    endpoint.close()
    await vault.close()
  })

  const read = (options: { caCert?: string }) => {
    const address = `https://127.0.0.1:${(endpoint.address() as AddressInfo).port}`
    const client = createVaultClient({ address, retries: 0, ...options })
    const token = Secret.of(vault.rootToken, 'VAULT_TOKEN')
    return client.request({ method: 'GET', path: 'sys/mounts/pki/tune', token })
  }

  it('trusts the certificates that it is given', async () => {
    expect(await read({ caCert })).toMatchObject({ status: 200 })
  })

  it('sends nothing to a server that it does not trust, whatever the environment says', async () => {
    vi.stubEnv('VAULT_SKIP_VERIFY', 'true')
    try {
      await expect(read({})).rejects.toMatchObject({
        code: 'unreachable',
        details: { reason: 'not-connected', errno: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      })
    } finally {
      vi.unstubAllEnvs()
    }
  })
})
