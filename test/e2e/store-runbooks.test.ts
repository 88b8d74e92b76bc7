import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { issueApiKey } from '@rekey/api-key-auth'
import { Secret, type SecretStore } from '@rekey/secret'
import { awsPolicyFor } from '@rekey/config-loader/internal/aws'
import { rbacFor } from '@rekey/config-loader/internal/kubernetes'
import { openStore } from '@rekey/config-loader/store'
import { findForTest, openKubernetes, openVault, runSourceFlags } from '@rekey/testbed'
import { describe, expect, it } from 'vitest'
import { readRunbook } from '@rekey/test-support'
import { makeDirectory } from './service-fixture.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const KEY = 'API_KEY_FRONTEND_SIGNING'
const OF_SIGNING = [KEY, 'API_KEY_SIGNING_CERTTRANSPARENCY', 'CA_PASSPHRASE_SIGNING', 'TLS_SIGNING']

const [vault, apiServer, etcd] = await Promise.all([
  findForTest('vault'),
  findForTest('kube-apiserver'),
  findForTest('etcd'),
])
describe.runIf(vault.found)('docs/runbooks/vault.md', () => {
  it('takes an empty Vault to a service that can start, and through its accidents', async () => {
    await using server = await openVault({ program: vault.path })
    const home = await makeDirectory()
    const env = {
      HOME: home,
      PATH: [await plainNpm(home), dirname(vault.path), process.env['PATH']].join(':'),
      NODE_OPTIONS: runSourceFlags().join(' '),
      VAULT_ADDR: server.address,
      VAULT_TOKEN: server.rootToken,
    }
    const blocks = (await readRunbook('docs/runbooks/vault.md')).blocks('sh')
    expect(blocks.length).toBeGreaterThan(4)
    for (const block of blocks) {
      const { code, output } = await runShell(block, env)
      expect({ code, output }).toEqual({ code: 0, output: expect.any(String) as string })
    }
    await using store = await openStore('vault:secret/vpn', { env, startJitterMs: 0 })
    for (const name of OF_SIGNING) expect((await store.read(name)).current.version).not.toBe('')
  }, 120_000)
})

it('docs/runbooks/aws.md grants what a service and the rotator need, and no more', async () => {
  const policies = (await readRunbook('docs/runbooks/aws.md')).blocks('json').map(parse)
  expect(policies).toEqual([
    awsPolicyFor(OF_SIGNING, { prefix: 'vpn', access: 'read' }),
    awsPolicyFor([KEY], { prefix: 'vpn', access: 'rotate' }),
  ])
})

describe.runIf(apiServer.found && etcd.found)('docs/runbooks/kubernetes.md', () => {
  it('grants what the rotator needs, and no more', async () => {
    const roles = (await readRunbook('docs/runbooks/kubernetes.md')).blocks('json').map(parse)
    const role = rbacFor({ namespace: 'vpn', names: [KEY], may: 'rotate' })
    expect(roles).toEqual([role])
    const programs = { apiServer: apiServer.path, etcd: etcd.path }
    await using kubernetes = await openKubernetes({ programs })
    await kubernetes.createNamespace('vpn')
    const admin = { KUBECONFIG: await kubernetes.writeKubeconfig() }
    await using all = await openStore('kubernetes:vpn', { env: admin })
    for (const name of [KEY, 'API_KEY_OTHER']) await all.create(name, newValue(name))
    const account = { namespace: 'vpn', name: 'rekey' }
    await kubernetes.createServiceAccount(account)
    await kubernetes.grant(account, role.rules)
    const token = await kubernetes.issueToken(account)
    const env = { KUBECONFIG: await kubernetes.writeKubeconfig(token) }
    await using store = await openStore('kubernetes:vpn', { env })
    await rotateOnce(store, KEY)
    await expect(store.read('API_KEY_OTHER')).rejects.toMatchObject({ code: 'forbidden' })
  }, 120_000)
})

async function rotateOnce(store: SecretStore, name: string): Promise<void> {
  const { revision } = await store.read(name)
  const staged = await store.stage(name, newValue(name), revision)
  const promoted = await store.promote(name, staged.revision)
  await store.revoke(name, promoted.revision)
}

function newValue(name: string): Secret {
  return Secret.of(issueApiKey({ environment: 'prod' }).text.expose(), name)
}

function parse(block: string): unknown {
  return JSON.parse(block)
}

/**
 * A directory with an npm that does not take the flags with which `node` runs our sources: its scripts have their own, and npm
 * under the loader of TypeScript may wait for that loader's thread for ever (Node.js 20.20).
 */
async function plainNpm(home: string): Promise<string> {
  const directory = join(home, 'bin')
  await mkdir(directory)
  const script = `#!/bin/sh\nunset NODE_OPTIONS\nPATH="\${PATH#*:}" exec npm "$@"\n`
  await writeFile(join(directory, 'npm'), script, { mode: 0o755 })
  return directory
}

async function runShell(script: string, env: Readonly<Record<string, string>>) {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { code, output: stdout + stderr }
}
