import { issueApiKey } from '@rekey/api-key-auth'
import { randomBytes } from 'node:crypto'
import { Secret, type SecretStore } from '@rekey/secret'
import { openStore } from '@rekey/config-loader/store'
import {
  findForTest,
  openAwsServer,
  openKubeletVolume,
  openKubernetes,
  openVault,
} from '@rekey/testbed'
import { issue, keyPem } from '@rekey/testbed/certificates'
import { describe, expect, it } from 'vitest'
import { runRekey } from '@rekey/test-support'
import { makeDirectory, writeIn } from './service-fixture.ts'

const [vaultProgram, writer, moto, apiServer, etcd] = await Promise.all([
  findForTest('vault'),
  findForTest('kubelet-writer'),
  findForTest('moto'),
  findForTest('kube-apiserver'),
  findForTest('etcd'),
])

const TIMEOUT_MS = 90_000

/** The secrets of signing in production. */
const secrets: Readonly<Record<string, string>> = {
  API_KEY_FRONTEND_SIGNING: issueApiKey({ environment: 'prod' }).text.expose(),
  API_KEY_SIGNING_CERTTRANSPARENCY: issueApiKey({ environment: 'prod' }).text.expose(),
  CA_PASSPHRASE_SIGNING: randomBytes(32).toString('base64url'),
  TLS_SIGNING: newIdentity(),
}

function newIdentity(): string {
  const issuer = issue({ commonName: 'Unit CA', ca: true })
  const leaf = issue({ issuer, dnsNames: ['signing'], purpose: 'both' })
  return keyPem(leaf.key) + leaf.pem
}

async function fill(store: SecretStore): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    await store.create(name, Secret.of(value, name))
  }
}

/** What doctor finds of signing; it shows no value in any case. */
async function doctor(locator: string, env: Record<string, string>) {
  const run = await runRekey(['doctor', 'signing', '--json'], { ...env, REKEY_SECRETS: locator })
  for (const value of Object.values(secrets)) expect(run.stdout + run.stderr).not.toContain(value)
  const lines = run.lines()
  const rights = lines.flatMap((line) => (line['rights'] as string[] | undefined) ?? [])
  return { code: run.code, lines, rights, stderr: run.stderr }
}

describe.runIf(vaultProgram.found)('of Vault', { timeout: TIMEOUT_MS }, () => {
  it('the rights that doctor names are enough, and without them it says what is forbidden', async () => {
    await using vault = await openVault({ program: vaultProgram.path })
    const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken }
    await using store = await openStore('vault:secret/vpn', { env, startJitterMs: 0 })
    await fill(store)
    const asRoot = await doctor('vault:secret/vpn', env)
    expect(asRoot).toMatchObject({ code: 0, stderr: '' })
    expect(asRoot.rights.join('\n')).toContain('path "secret/data/vpn/CA_PASSPHRASE_SIGNING"')
    const tokenWith = async (name: string, policy: string) => {
      await vault.require('PUT', `sys/policies/acl/${name}`, { policy })
      const made = await vault.require('POST', 'auth/token/create', { policies: [name] })
      return { ...env, VAULT_TOKEN: made.auth?.client_token ?? '' }
    }
    const enough = await tokenWith('enough', asRoot.rights.join('\n'))
    expect(await doctor('vault:secret/vpn', enough)).toMatchObject({ code: 0 })
    const poor = await tokenWith('poor', asRoot.rights.slice(1).join('\n'))
    const refused = await doctor('vault:secret/vpn', poor)
    expect(refused.code).toBe(1)
    expect(refused.lines[0]).toMatchObject({
      name: 'API_KEY_FRONTEND_SIGNING',
      problem: { code: 'forbidden' },
    })
  })
})

describe.runIf(apiServer.found && etcd.found)('of Kubernetes', { timeout: TIMEOUT_MS }, () => {
  it('the rights that doctor names are enough', async () => {
    const programs = { apiServer: apiServer.path, etcd: etcd.path }
    await using kubernetes = await openKubernetes({ programs })
    await kubernetes.createNamespace('vpn')
    const admin = { KUBECONFIG: await kubernetes.writeKubeconfig() }
    await using store = await openStore('kubernetes:vpn', { env: admin })
    await fill(store)
    const { code, rights } = await doctor('kubernetes:vpn', admin)
    expect(code).toBe(0)
    const account = { namespace: 'vpn', name: 'signing' }
    await kubernetes.createServiceAccount(account)
    const rules = rights.flatMap((right) => (JSON.parse(right) as { rules: never[] }).rules)
    await kubernetes.grant(account, rules)
    const token = await kubernetes.issueToken(account)
    const granted = { KUBECONFIG: await kubernetes.writeKubeconfig(token) }
    expect(await doctor('kubernetes:vpn', granted)).toMatchObject({ code: 0, stderr: '' })
  })
})

describe.runIf(moto.found)('of AWS', { timeout: TIMEOUT_MS }, () => {
  it('doctor names the actions and the secrets for which a reader needs them', async () => {
    await using server = await openAwsServer({ program: moto.path })
    await using store = await openStore('aws:vpn', { env: server.environment })
    await fill(store)
    const { code, rights } = await doctor('aws:vpn', { ...server.environment })
    expect(code).toBe(0)
    expect(rights.join('\n')).toContain('secretsmanager:GetSecretValue')
    expect(rights.join('\n')).toContain('secret:vpn/CA_PASSPHRASE_SIGNING-??????')
  })
})

describe.runIf(writer.found)('of a mounted directory', { timeout: TIMEOUT_MS }, () => {
  it('doctor finds what belongs to another service, and what is missing', async () => {
    const directory = await makeDirectory()
    const volume = await openKubeletVolume({ program: writer.path, directory })
    const { CA_PASSPHRASE_SIGNING: passphrase = '', ...keys } = secrets
    await volume.write({ ...keys, DATABASE_FRONTEND: passphrase })
    const path = await writeIn(await makeDirectory(), 'sources.json', {
      sources: { pod: `mount:${directory}` },
      default: 'pod',
    })
    const { code, lines } = await doctor(`file:${path}`, {})
    await volume.close()
    expect(code).toBe(1)
    expect(lines.map(({ sound }) => sound).slice(0, 3)).toEqual([true, true, false])
    expect(lines).toContainEqual(
      expect.objectContaining({ type: 'warning', rule: 'foreign', name: 'DATABASE_FRONTEND' }),
    )
  })
})
