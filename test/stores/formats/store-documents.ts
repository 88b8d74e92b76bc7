import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiKeyTo, issueApiKey } from '@rekey/api-key-auth'
import { defineService, loadService } from '@rekey/config-loader'
import { openAwsStore } from '@rekey/config-loader/aws'
import { openKubernetesStore } from '@rekey/config-loader/kubernetes'
import { openDotenvStore, openMountSource, openStore } from '@rekey/config-loader/store'
import { openVaultStore } from '@rekey/config-loader/vault'
import { Secret, SecretError } from '@rekey/secret'
import { issueChain, issueServer } from '@rekey/testbed/certificates'
import { z } from 'zod'

/** Reads a document of some format by its reader in this release. @throws {SecretError} */
export type FormatReader = (format: number) => unknown

const NAME = 'API_KEY_FRONTEND_SIGNING'
/** The value in each document, which no refusal has. */
export const VALUE = issueApiKey({ environment: 'dev' }).text.expose()

/** Runs `work` with a directory of its own. */
export async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-format-'))
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function write(directory: string, name: string, text: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, text, { mode: 0o600 })
  return path
}

const readEnvStore: FormatReader = (format) =>
  inDirectory(async (directory) => {
    const text = `# @rekey-format ${format}\n${NAME}='${VALUE}'\n`
    await using store = await openDotenvStore({ path: await write(directory, '.env', text) })
    await store.read(NAME)
  })

const changeEnvStore: FormatReader = (format) =>
  inDirectory(async (directory) => {
    const text = `# @rekey-format ${format}\n${NAME}='${VALUE}'\n`
    await using store = await openDotenvStore({ path: await write(directory, '.env', text) })
    await store.create('API_KEY_OTHER_SIGNING', Secret.of(VALUE, NAME))
  })

const readMount: FormatReader = (format) =>
  inDirectory(async (directory) => {
    await write(directory, NAME, VALUE)
    await write(directory, `${NAME}.format`, `${format}\n`)
    await using source = await openMountSource({ directory })
    await source.read(NAME)
  })

const readVault: FormatReader = async (format) => {
  const rekey = { format, write: 'x', current: { value: VALUE } }
  const data = { data: { rekey }, metadata: { version: 1 } }
  const connection = { request: () => Promise.resolve({ data }) }
  const mount = { path: 'secret', version: 2 } as const
  await using store = await openVaultStore({
    ...{ path: 'secret/vpn', mount },
    connection: connection as never,
  })
  await store.read(NAME)
}

const readAws: FormatReader = async (format) => {
  const VersionIdsToStages = { a: ['AWSCURRENT', `REKEY_FORMAT_${format}`] }
  const send = () => Promise.resolve({ Name: NAME, VersionIdsToStages, SecretString: VALUE })
  await using store = await openAwsStore({ prefix: 'vpn', client: { send } as never })
  await store.read(NAME)
}

const readGcp: FormatReader = async (format) => {
  const secret = { etag: '1', createTime: '', annotations: { 'rekey-format': String(format) } }
  const body = JSON.stringify({ ...secret, access_token: 'x', expires_in: 3_600 })
  const server = createHttpServer((_request, response) => response.end(body))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const address = { CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: `http://${host}` }
  try {
    const env = { ...address, GCE_METADATA_HOST: host }
    await using store = await openStore('gcp:my-project', { env })
    await store.read(NAME)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

const readKubernetes: FormatReader = (format) =>
  inDirectory(async (directory) => {
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const object = {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', resourceVersion: '1' } },
      data: { [NAME]: base64(VALUE), [`${NAME}.format`]: base64(String(format)) },
    }
    const { root, issuer } = issueChain()
    const shown = issueServer(issuer)
    const tls = { key: shown.key, cert: shown.cert + issuer.pem }
    const server = createServer(tls, (_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(object))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const kubeconfig = await write(
      directory,
      'config',
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'a' },
        clusters: [
          {
            name: 'a',
            cluster: {
              server: `https://127.0.0.1:${port}`,
              'certificate-authority-data': base64(root.pem),
            },
          },
        ],
        users: [{ name: 'a', user: {} }],
        contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      }),
    )
    try {
      await using store = await openKubernetesStore({ namespace: 'vpn', access: { kubeconfig } })
      await store.read(NAME)
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })

/** A start while the source is down, which reports a snapshot that it does not use. */
const readLastGood: FormatReader = (format) =>
  inDirectory(async (directory) => {
    const snapshot = JSON.stringify({ format: `rekey-last-good/${format}`, text: VALUE })
    const path = await write(directory, 'last-good', snapshot)
    const refused: string[] = []
    const definition = defineService({
      ...{ name: 'frontend', settings: z.object({}), secrets: { key: apiKeyTo('signing') } },
    })
    const down = () => Promise.reject(new SecretError('unreachable', 'down: start it'))
    await loadService(definition, {
      ...{ env: { REKEY_ENVIRONMENT: 'development' }, source: { locator: 'down', read: down } },
      lastGood: { path, key: Secret.of(randomBytes(32).toString('hex'), 'LAST_GOOD_KEY') },
      onEvent: (event) => {
        if (event.type === 'last-good-refused') refused.push(`${event.reason}: ${event.message}`)
      },
    }).catch(() => undefined)
    const [reason = '', message = ''] =
      /^format: .* is not used: (.*)$/.exec(refused[0] ?? '') ?? []
    if (reason !== '') throw new SecretError('refused', message, { reason: 'format' })
  })

/** Readers of the documents that stores hold. */
export const STORE_READERS = {
  'env-store': [readEnvStore, changeEnvStore],
  'vault-document': [readVault],
  'aws-secret': [readAws],
  'gcp-secret': [readGcp],
  'kubernetes-secret': [readKubernetes],
  mount: [readMount],
  'last-good': [readLastGood],
} satisfies Record<string, readonly FormatReader[]>
