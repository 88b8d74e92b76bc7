import { randomBytes } from 'node:crypto'
import { Secret, SecretError } from '@rekey/secret'
import { findForTest, openVault, type Vault } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVaultClient, type VaultConnection } from '../internal.ts'
import { openVaultStore } from '../index.ts'
import { openFaultProxy } from '../../../../test/store/vault/vault-proxy.support.ts'

const NAME = 'API_KEY_FRONTEND_SIGNING'
const { found, path: program } = await findForTest('vault')
const random = () => Secret.of(randomBytes(24).toString('hex'), NAME)

describe.runIf(found)('a write to a real Vault', { timeout: 60_000 }, () => {
  let vault: Vault
  beforeAll(async () => {
    vault = await openVault({ program })
  }, 120_000)
  afterAll(() => vault.close())

  const connect = (address = vault.address): VaultConnection => {
    const client = createVaultClient({ address, timeoutMs: 20_000 })
    const token = Secret.of(vault.rootToken, 'VAULT_TOKEN')
    return { address, request: (request) => client.request({ token, ...request }) }
  }
  /** A secret, and how many versions Vault has of its document. */
  const opened = async () => {
    const prefix = randomBytes(6).toString('hex')
    const path = `secret/${prefix}`
    const store = await openVaultStore({ connection: connect(), path })
    const versions = async () => {
      const { data } = await vault.require('GET', `secret/metadata/${prefix}/${NAME}`)
      return data?.['current_version']
    }
    return { store, path, versions, revision: (await store.create(NAME, random())).revision }
  }
  /** The same store over a connection on which `after` happens to each write that Vault has made. */
  const openDisturbed = (
    path: string,
    after: (again: () => Promise<unknown>) => Promise<void>,
  ): ReturnType<typeof openVaultStore> => {
    const real = connect()
    const request: VaultConnection['request'] = async (asked) => {
      const answer = await real.request(asked)
      if (asked.method === 'POST') await after(() => real.request(asked))
      return answer
    }
    return openVaultStore({ connection: { ...real, request }, path })
  }
  const lost = () => new SecretError('unreachable', 'the answer was lost', { reason: 'cut' })

  it('whose answer is lost is found to be made, and is not made again', async () => {
    const { path, store, versions, revision } = await opened()
    await using proxy = await openFaultProxy(vault.address)
    proxy.fault = ({ method }) => (method === 'POST' ? 'lose the answer' : undefined)
    const disturbed = await openVaultStore({ connection: connect(proxy.address), path })
    const value = random()
    const staged = await disturbed.stage(NAME, value, revision)
    expect(staged.pending?.value.expose()).toBe(value.expose())
    expect((await store.read(NAME)).revision).toBe(staged.revision)
    expect(await versions()).toBe(2)
  })

  it('whose answer is lost is found to be made also when another writer came after it', async () => {
    const { path, store, revision } = await opened()
    const disturbed = await openDisturbed(path, async () => {
      await store.promote(NAME, (await store.read(NAME)).revision)
      throw lost()
    })
    const value = random()
    expect((await disturbed.stage(NAME, value, revision)).pending?.value.expose()).toBe(
      value.expose(),
    )
    expect((await store.read(NAME)).current.value.expose()).toBe(value.expose())
  })

  it('that something on the way sent twice is made once, and is no conflict', async () => {
    const { path, versions, revision } = await opened()
    const disturbed = await openDisturbed(path, async (again) => {
      await again()
    })
    await disturbed.stage(NAME, random(), revision)
    expect(await versions()).toBe(2)
  })

  it('that never arrived is an error, not repeated, and changes nothing', async () => {
    const { path, versions, revision } = await opened()
    await using proxy = await openFaultProxy(vault.address)
    proxy.fault = ({ method }) => (method === 'POST' ? (outgoing) => outgoing.destroy() : undefined)
    const disturbed = await openVaultStore({ connection: connect(proxy.address), path })
    const value = random()
    await expect(disturbed.stage(NAME, value, revision)).rejects.toMatchObject({
      code: 'unreachable',
      details: { reason: 'cut' },
    })
    expect(proxy.passed.filter(({ method }) => method === 'POST')).toHaveLength(1)
    expect(await versions()).toBe(1)
  })

  it('that another writer forestalled is not taken for made when its own answer is lost', async () => {
    const { path, store, revision } = await opened()
    const real = connect()
    const request: VaultConnection['request'] = async (asked) => {
      if (asked.method !== 'POST') return real.request(asked)
      await store.stage(NAME, random(), revision)
      await real.request(asked).catch(() => undefined)
      throw lost()
    }
    const other = await openVaultStore({ connection: { ...real, request }, path })
    await expect(other.stage(NAME, random(), revision)).rejects.toMatchObject({
      code: 'unreachable',
    })
  })
})
