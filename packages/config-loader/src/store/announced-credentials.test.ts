import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onSecretBirth } from '@rekey/secret'
import { expect, it, onTestFinished } from 'vitest'
import { openAwsStore } from './aws/index.ts'
import { openKubernetesStore } from './kubernetes/index.ts'

const random = () => randomBytes(24).toString('base64url')

/** The values that are announced to redactors in this test. */
function announced(): ReadonlySet<unknown> {
  const values = new Set<unknown>()
  onTestFinished(onSecretBirth((secret) => values.add(secret.expose())))
  return values
}

async function scratch(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-announced-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

it('a redactor knows the token of a pod before the request that shows it', async () => {
  const values = announced()
  const directory = await scratch()
  const token = random()
  const [caFile, tokenFile] = [join(directory, 'ca.crt'), join(directory, 'token')]
  await writeFile(caFile, '')
  await writeFile(tokenFile, `${token}\n`)
  const server = `https://127.0.0.1:${await closedPort()}`
  await using store = await openKubernetesStore({
    namespace: 'vpn',
    access: { server, caFile, tokenFile },
  })
  await expect(store.read('NAME')).rejects.toMatchObject({ code: 'unreachable' })
  expect(values).toContain(token)
})

it('a redactor knows the token, password and key of a kubeconfig', async () => {
  const values = announced()
  const kubeconfig = join(await scratch(), 'config')
  const [token, password] = [random(), random()]
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const user = { token, password, 'client-key-data': Buffer.from(key).toString('base64') }
  const server = `https://127.0.0.1:${await closedPort()}`
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  }
  await writeFile(kubeconfig, JSON.stringify(config))
  await using store = await openKubernetesStore({ namespace: 'vpn', access: { kubeconfig } })
  await expect(store.read('NAME')).rejects.toThrow()
  for (const text of [token, password, key]) expect(values).toContain(text)
})

it('a redactor knows the credentials of an AWS session once a request is signed', async () => {
  const values = announced()
  const server = createServer((_, answer) => answer.writeHead(400).end('{}')).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const credentials = { accessKeyId: 'AKIA7', secretAccessKey: random(), sessionToken: random() }
  const endpoint = `http://127.0.0.1:${port}`
  await using store = await openAwsStore({ prefix: 'vpn', region: 'x', endpoint, credentials })
  expect(values.size).toBe(0)
  await expect(store.read('NAME')).rejects.toThrow()
  expect([...values]).toEqual([credentials.secretAccessKey, credentials.sessionToken])
})
