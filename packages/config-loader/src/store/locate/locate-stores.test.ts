import { Secret } from '@rekey/secret'
import {
  findForTest,
  openAwsServer,
  openKubeletVolume,
  openKubernetes,
  openVault,
  type Vault,
} from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type DatabaseFixture,
  openDatabaseFixture,
  openVaultFixture,
  type VaultFixture,
} from '../../../test/store/vault/vault-fixture.support.ts'
import { openSource, openStore } from '../index.ts'
import {
  makeDirectory,
  open,
  random,
  writeSources,
} from '../../../test/store/locate/locate.support.ts'

const [vaultProgram, writer, moto, apiServer, etcd] = await Promise.all([
  findForTest('vault'),
  findForTest('kubelet-writer'),
  findForTest('moto'),
  findForTest('kube-apiserver'),
  findForTest('etcd'),
])

const NAME = 'API_KEY_FRONTEND_SIGNING'

/** Puts a secret into a store, and reads it through the source of the same name. */
async function roundTrip(locator: string, env: Record<string, string>): Promise<void> {
  const value = random()
  await using store = await openStore(locator, { env, startJitterMs: 0 })
  await store.create(NAME, Secret.of(value, NAME))
  const source = await open(locator, { env })
  const { current } = await source.read(NAME)
  expect(current.value.expose()).toBe(value)
  expect(source.locator).toBe(locator)
}

describe.runIf(vaultProgram.found)('Vault', { timeout: 60_000 }, () => {
  let vault: Vault
  beforeAll(async () => {
    vault = await openVault({ program: vaultProgram.path })
    await vault.require('POST', 'sys/auth/approle', { type: 'approle' })
    const policy =
      'path "secret/*" { capabilities = ["create", "read", "update", "list"] }\npath "sys/internal/ui/mounts/*" { capabilities = ["read"] }'
    await vault.require('PUT', 'sys/policies/acl/vpn', { policy })
    await vault.require('POST', 'auth/approle/role/vpn', { token_policies: ['vpn'] })
  })
  afterAll(() => vault.close())

  it('is opened with the token of VAULT_TOKEN', async () => {
    await roundTrip('vault:secret/token', {
      VAULT_ADDR: vault.address,
      VAULT_TOKEN: vault.rootToken,
    })
  })

  it('is opened with the AppRole whose ids lie in files', async () => {
    const role = await vault.require('GET', 'auth/approle/role/vpn/role-id')
    const secret = await vault.require('POST', 'auth/approle/role/vpn/secret-id')
    const path = await writeSources('', {
      role: String(role.data?.['role_id']),
      secret: String(secret.data?.['secret_id']),
    })
    await roundTrip('vault:secret/approle', {
      VAULT_ADDR: vault.address,
      REKEY_VAULT_AUTH: 'approle',
      VAULT_ROLE_ID_FILE: path.replace('sources.json', 'role'),
      VAULT_SECRET_ID_FILE: path.replace('sources.json', 'secret'),
    })
  })

  it.each<[Record<string, string>, string]>([
    [{}, 'set VAULT_ADDR, which Vault needs'],
    [{ VAULT_ADDR: 'http://127.0.0.1:1' }, 'set VAULT_TOKEN_FILE, VAULT_TOKEN or REKEY_VAULT_AUTH'],
    [
      { VAULT_ADDR: 'http://127.0.0.1:1', REKEY_VAULT_AUTH: 'ldap' },
      'set REKEY_VAULT_AUTH to one of token, approle, kubernetes',
    ],
    [
      { VAULT_ADDR: 'http://127.0.0.1:1', REKEY_VAULT_AUTH: 'kubernetes' },
      'set REKEY_VAULT_ROLE, which Vault needs',
    ],
  ])('says which variable is missing: %j', async (env, message) => {
    await expect(openSource('vault:secret/vpn', { env })).rejects.toMatchObject({
      code: 'malformed',
      message,
    })
  })
})

describe.runIf(vaultProgram.found && writer.found)('a service of three sources', () => {
  let fixture: VaultFixture
  let database: DatabaseFixture
  beforeAll(async () => {
    fixture = await openVaultFixture()
    database = await openDatabaseFixture(fixture.vault)
    await database.role('frontend')
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
    await fixture[Symbol.asyncDispose]()
  })

  it('takes its API key from Vault, its login from Vault’s database engine, and its TLS from a mount', async () => {
    const [key, tls] = [random(), random()]
    await fixture.vault.require('POST', `secret/data/rekey/${NAME}`, { data: { value: key } })
    const directory = await makeDirectory()
    const volume = await openKubeletVolume({ program: writer.path, directory })
    await volume.write({ TLS_IDENTITY_FRONTEND: `${tls}\n` })
    const path = await writeSources({
      sources: {
        vault: 'vault:secret/rekey',
        pod: { locator: `mount:${directory}`, trailingNewline: 'keep' },
        logins: { credentials: 'database/creds/frontend', url: database.url },
      },
      default: 'vault',
      secrets: { 'TLS_*': 'pod', DATABASE_FRONTEND: { from: 'logins', maxStale: '1 h' } },
    })
    const logins = () => fixture.vault.require('LIST', 'auth/token/accessors')
    const before = (await logins()).data?.['keys'] as string[]
    const env = { VAULT_ADDR: fixture.vault.address, VAULT_TOKEN: fixture.vault.rootToken }
    const source = await openSource(`file:${path}`, { env, startJitterMs: 0 })
    const values = await Promise.all(
      [NAME, 'TLS_IDENTITY_FRONTEND', 'DATABASE_FRONTEND'].map((name) => source.read(name)),
    )
    const [read, mounted, login] = values.map(({ current }) => current.value.expose())
    expect([read, mounted]).toEqual([key, `${tls}\n`])
    expect(await database.users()).toEqual([new URL(login ?? '').username])
    expect((await logins()).data?.['keys']).toEqual(before)
    await source[Symbol.asyncDispose]()
    expect(await database.users()).toEqual([])
    await volume.close()
  }, 60_000)
})

describe.runIf(moto.found)('AWS Secrets Manager', () => {
  it('is opened with the variables of AWS', async () => {
    await using server = await openAwsServer({ program: moto.path })
    await roundTrip('aws:vpn', { ...server.environment })
  }, 90_000)
})

describe.runIf(apiServer.found && etcd.found)('Kubernetes', () => {
  it('is opened with the file that KUBECONFIG names', async () => {
    const programs = { apiServer: apiServer.path, etcd: etcd.path }
    await using kubernetes = await openKubernetes({ programs })
    await kubernetes.createNamespace('vpn')
    await roundTrip('kubernetes:vpn', { KUBECONFIG: await kubernetes.writeKubeconfig() })
  }, 90_000)
})
