import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { findForTest, openAwsServer, openVault, type Vault } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFiles } from './compile-files.ts'
import { filesOf, listPages, readBlocks, variantsOf } from './guide-blocks.ts'
import { hasKubernetes, typeKubernetesPage } from './kubernetes-page.ts'
import { atStore, openDesk, type OpenedDesk } from './open-desk.ts'
import { startReplicaLoad } from './replica-load.ts'
import { typeSystemdPage, hasSystemd } from './systemd-page.ts'
import { type Desk, runInShell, startService, typePage } from './type-page.ts'

const PAGE_MS = 180_000
/** What the variants of the first page need beside what it has the reader install. */
const OF_VARIANTS = 'fastify hono @hono/node-server @types/pg'
const [moto, aws, vault] = [
  await findForTest('moto'),
  await findForTest('aws'),
  await findForTest('vault'),
]
const START = readBlocks('start.md')
let desk: OpenedDesk

beforeAll(async () => {
  desk = await openDesk()
}, 300_000)
afterAll(() => desk[Symbol.asyncDispose]())

async function install(packages: string): Promise<void> {
  expect(await runInShell(`npm install ${packages}`, desk)).toMatchObject({ code: 0 })
}

// In this order: each page begins where the last one ended.
it.each(['start.md', 'rotate-your-first-secret.md', 'stuck-rotation.md'])(
  'each command of %s works and prints what the page shows',
  (page) => typePage(page, desk),
  PAGE_MS,
)

it('the packages of the variants can be installed', () => install(OF_VARIANTS), PAGE_MS)

it.each([undefined, 'fastify', 'hono', 'node', 'database', 'nest'])(
  'the service of the first page, as its variant %s, lets in its caller alone, and stops on SIGTERM',
  async (variant) => {
    await desk.folder.write(filesOf(START, variant))
    const command = START.find(({ attributes }) => attributes['until'] !== undefined)
    const health = desk.here(command?.attributes['until'] ?? '')
    // Without the shell and npx, so that the exit code is that of the service.
    const direct = command?.text.replace('npx tsx', `exec ${process.execPath} --import tsx`) ?? ''
    await using service = await startService(desk.here(direct), health, desk)
    const items = desk.here('http://127.0.0.1:3001/items')
    expect((await fetch(items)).status).toBe(401)
    const env = await readFile(join(desk.folder.path, '.env'), 'utf8')
    const [, key = ''] = /^API_KEY_SHOP_STOCK='?([^'\n]+)/m.exec(env) ?? []
    const answer = await fetch(items, { headers: { authorization: `Bearer ${key}` } })
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 200,
      body: { items: 3 },
    })
    const ended = once(service.child, 'exit')
    service.child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  },
  PAGE_MS,
)

it(
  'each command of adopt-a-database.md works, and no request of a load fails',
  async () => {
    await desk.folder.clear()
    const replicas = ['http://127.0.0.1:3001', 'http://127.0.0.1:3002']
    const load = startReplicaLoad(replicas.map(desk.here))
    const env = { DATABASE_URL: desk.adminUrlAt('orders') }
    await typePage('adopt-a-database.md', { ...desk, env }, async () => {
      const { answered, failed } = await load.stop()
      expect(failed).toEqual([])
      expect(Math.min(...answered)).toBeGreaterThan(100)
    })
  },
  PAGE_MS,
)

it.runIf(moto.found && aws.found)(
  'each command of production-aws.md works on a server of the AWS API',
  async () => {
    await using server = await openAwsServer({ program: moto.path })
    const env = {
      ...server.environment,
      AWS_DEFAULT_REGION: server.region,
      PATH: [dirname(aws.path), process.env['PATH']].join(delimiter),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    }
    await typePage('production-aws.md', await atStore(desk, { env }))
  },
  PAGE_MS,
)

describe.runIf(vault.found)('with Vault', () => {
  let server: Vault
  let store: Desk
  beforeAll(async () => {
    server = await openVault({ program: vault.path })
    const env = {
      VAULT_ADDR: server.address,
      VAULT_TOKEN: server.rootToken,
      PATH: [dirname(vault.path), process.env['PATH']].join(delimiter),
    }
    const addresses = new Map([['https://vault.example.com:8200', server.address]])
    store = await atStore(desk, { env, addresses, variant: 'database' })
  }, PAGE_MS)
  afterAll(() => server.close())

  it(
    'each command of production-vault.md works',
    () => typePage('production-vault.md', store),
    PAGE_MS,
  )

  // It begins where that page ends.
  it.runIf(hasSystemd)(
    'each command of production-systemd.md works, and each unit runs as its user',
    async () => {
      await typeSystemdPage(store)
      const { uid } = await stat(join(desk.folder.path, 'var/lib/rekey/audit'))
      expect(uid).not.toBe(0)
    },
    PAGE_MS,
  )
})

it.runIf(hasKubernetes)(
  'each command of production-kubernetes.md works on the API server of Kubernetes',
  () => typeKubernetesPage(desk),
  PAGE_MS,
)

it(
  'all TypeScript of the guide compiles against what is installed, and what does not is found',
  async () => {
    const { folder } = desk
    await install('envalid dotenv')
    const files: string[] = []
    for (const page of listPages()) {
      const blocks = readBlocks(page).filter(({ language }) => language === 'ts')
      for (const variant of variantsOf(blocks)) {
        files.push(
          ...(await folder.write(filesOf(blocks, variant), join(page, variant ?? 'first'))),
        )
      }
    }
    const wrong = new Map([
      ['wrong.ts', "import { apiKeyTo } from '@rekey/api-key-auth'\napiKeyTo(1)\n"],
    ])
    files.push(...(await folder.write(wrong)))
    expect(compileFiles(folder.path, files)).toEqual([
      expect.stringMatching(/^wrong\.ts:2 Argument of type 'number'/),
    ])
  },
  PAGE_MS,
)
