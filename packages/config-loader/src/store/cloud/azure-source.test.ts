import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import {
  type Fault,
  openCloudServer,
  useCloudServer,
} from '../../../test/store/cloud/cloud-server.support.ts'
import { describeSource } from '../../../test/store/program/source-contract.support.ts'
import { openSource, openStore } from '../index.ts'

const NAME = 'API_KEY_FRONTEND_SIGNING'
const KEPT = NAME.replaceAll('_', '-')

describeSource(
  'Key Vault of Azure, in a contract test against the documented API, no real service:',
  async () => {
    const server = await openCloudServer()
    const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: server.url }
    const source = await openSource(`azure:${server.url}`, { env })
    return {
      source,
      put: (name, value) =>
        Promise.resolve(void server.vault.set(name.replaceAll('_', '-'), value)),
      async [Symbol.asyncDispose]() {
        await source[Symbol.asyncDispose]()
        await server.close()
      },
    }
  },
)

async function open(env: (url: string) => Record<string, string>) {
  const server = await useCloudServer()
  server.vault.set(KEPT, 'a value')
  const source = await openSource(`azure:${server.url}`, { env: env(server.url) })
  onTestFinished(() => source[Symbol.asyncDispose]())
  return { server, source }
}

const onMachine = (url: string) => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: url })
const asApp = (url: string) => ({
  ...{ AZURE_AUTHORITY_HOST: url, AZURE_TENANT_ID: 'tenant', AZURE_CLIENT_ID: 'app' },
})

it('logs in as the machine, an app, a workload, or with a client secret', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-azure-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'token')
  await writeFile(file, 'federated\n', { mode: 0o600 })
  const logins = [
    onMachine,
    (url: string) => ({ IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: 'given' }),
    (url: string) => ({ ...asApp(url), AZURE_FEDERATED_TOKEN_FILE: file }),
    (url: string) => ({ ...asApp(url), AZURE_CLIENT_SECRET: 'given' }),
  ]
  for (const env of logins) {
    const { server, source } = await open(env)
    const { current } = await source.read(NAME)
    await source.read(NAME)
    expect(current.createdAt).toEqual(new Date('2017-05-04T22:53:30Z'))
    expect(server.asked).toHaveLength(3)
    const [{ url, text } = { url: new URL(server.url), text: '' }] = server.asked
    expect(`${url.search} ${text}`).toMatch(/vault\.azure\.net/)
  }
})

it('makes no secret a missing one where the login is refused or incomplete', async () => {
  const cases = [
    { env: (url: string) => ({ ...asApp(url), AZURE_CLIENT_SECRET: 'other' }), code: 'forbidden' },
    { env: () => ({ AZURE_CLIENT_SECRET: 'given' }), code: 'malformed' },
    {
      env: (url: string) => ({ ...asApp(url), AZURE_FEDERATED_TOKEN_FILE: '/nowhere/token' }),
      code: 'unreachable',
    },
  ]
  for (const { env, code } of cases) {
    const { source } = await open(env)
    const error: unknown = await source.read(NAME).catch((each: unknown) => each)
    expect(error).toMatchObject({ code })
    expect(inspect(error)).not.toMatch(/given|other/)
  }
})

it.each<[string, Fault, string]>([
  ['a cut answer', 'cut', 'unreachable'],
  ['a 404 of something between', [404, '<html>'], 'unreachable'],
  ['a disabled secret', [403, { error: { code: 'Forbidden' } }], 'forbidden'],
  ['too many requests', [429, {}, { 'retry-after': '60' }], 'unreachable'],
  ['no value', [200, { id: 'x' }], 'unreachable'],
])('fails with %s', async (_kind, fault, code) => {
  const { server, source } = await open(onMachine)
  server.fault = ({ url }) => (url.pathname.startsWith('/secrets/') ? fault : undefined)
  await expect(source.read(NAME)).rejects.toMatchObject({ code })
})

it('refuses names that Key Vault does not tell apart', async () => {
  const { server, source } = await open(onMachine)
  for (const name of ['api_key', 'A'.repeat(128)]) {
    await expect(source.read(name)).rejects.toMatchObject({ code: 'malformed' })
  }
  expect(server.asked).toEqual([])
})

it('sends its token to hosts of Azure alone, and writes nothing', async () => {
  for (const place of ['https://shop.vault.azure.net.example.com', 'https://example.com', 'a.b']) {
    await expect(openSource(`azure:${place}`, { env: {} })).rejects.toMatchObject({
      code: 'malformed',
    })
  }
  await using source = await openSource('azure:https://shop.vault.azure.cn', { env: {} })
  expect(source.locator).toBe('azure:https://shop.vault.azure.cn')
  await expect(openStore('azure:shop', { env: {} })).rejects.toMatchObject({ code: 'refused' })
})
