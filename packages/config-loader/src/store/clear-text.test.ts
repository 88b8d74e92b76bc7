import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@rekey/secret'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openAwsStore } from './aws/index.ts'
import { openKubernetesStore } from './kubernetes/index.ts'
import { openSource } from './index.ts'
import { createVaultClient } from './vault/internal.ts'

/** Hosts that are elsewhere, or may be; 192.0.2.0/24 and 2001:db8::/32 belong to documentation. */
const ELSEWHERE = [
  '192.0.2.1',
  '[2001:db8::1]',
  'localhost.evil.test',
  '127.0.0.1.nip.io',
  '0.0.0.0',
]
const random = () => randomBytes(24).toString('base64url')
const NAME = 'SOME_SECRET'

async function fileWith(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-clear-text-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'file')
  await writeFile(path, text, { mode: 0o600 })
  return path
}

const refusal = (host: string) => ({
  code: 'refused',
  details: expect.objectContaining({ host: `${host}:8200` }) as unknown,
})

afterEach(() => {
  vi.unstubAllEnvs()
})

describe.each(ELSEWHERE)('no store at http://%s is asked', (host) => {
  const address = `http://${host}:8200`

  it('of Vault, by VAULT_ADDR or a redirect', async () => {
    const env = { VAULT_ADDR: address, VAULT_TOKEN: random() }
    const opening = openSource('vault:secret/vpn', { env })
    await expect(opening).rejects.toMatchObject(refusal(host))
    const options = { address: 'https://vault.test:8200', redirectOrigins: [address] }
    expect(() => createVaultClient(options)).toThrow(expect.objectContaining(refusal(host)))
  })

  it('of AWS, by our endpoint or one that the SDK finds', async () => {
    const credentials = { accessKeyId: 'AKID', secretAccessKey: random() }
    const options = { prefix: 'rekey', region: 'eu-west-1', credentials }
    await expect(openAwsStore({ ...options, endpoint: address })).rejects.toMatchObject(
      refusal(host),
    )
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', address)
    await using store = await openAwsStore(options)
    await expect(store.read(NAME)).rejects.toMatchObject(refusal(host))
    await expect(store.create(NAME, Secret.of(random(), NAME))).rejects.toMatchObject(refusal(host))
  })

  it('of Kubernetes, by a kubeconfig or as a pod', async () => {
    const kubeconfig = await kubeconfigWith({ server: address })
    await using store = await openKubernetesStore({ namespace: 'vpn', access: { kubeconfig } })
    await expect(store.read(NAME)).rejects.toMatchObject(refusal(host))
    const access = { server: address, caFile: '/nowhere', tokenFile: '/nowhere' }
    const opening = openKubernetesStore({ namespace: 'vpn', access })
    await expect(opening).rejects.toMatchObject(refusal(host))
  })
})

it.each(['https://192.0.2.1:6443', 'https://127.0.0.1:6443'])(
  'a kubeconfig with insecure-skip-tls-verify for %s is refused before anything is sent',
  async (server) => {
    const kubeconfig = await kubeconfigWith({ server, 'insecure-skip-tls-verify': true })
    await using store = await openKubernetesStore({ namespace: 'vpn', access: { kubeconfig } })
    await expect(store.read(NAME)).rejects.toMatchObject({
      code: 'refused',
      details: { reason: 'skips-tls-verify' },
    })
  },
)

function kubeconfigWith(cluster: object): Promise<string> {
  return fileWith(
    JSON.stringify({
      clusters: [{ name: 'c', cluster }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
      users: [{ name: 'c', user: { token: random() } }],
      'current-context': 'c',
    }),
  )
}
