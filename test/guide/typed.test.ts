import { once } from 'node:events'
import { readFile, stat, symlink } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { DisposalStack } from '@rekey/secret'
import { findForTest, openAwsServer, openVault, type Vault } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFiles } from './compile-files.ts'
import {
  type Block,
  countTyped,
  filesOf,
  listPages,
  readBlocks,
  variantsOf,
} from './guide-blocks.ts'
import { hasKubernetes, typeKubernetesPage } from './kubernetes-page.ts'
import { atStore, openDesk, type OpenedDesk } from './open-desk.ts'
import { startReplicaLoad } from './replica-load.ts'
import { typeSystemdPage, hasSystemd } from './systemd-page.ts'
import { type Desk, runInShell, startService, typePage } from './type-page.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')
const PAGE_MS = 180_000
/** What the variants of the first page need beside what it has the reader install. */
const OF_VARIANTS = 'hono @hono/node-server @types/pg'
/** The path of a reader who begins, in its order. */
const FIRST_HOUR = ['start.md', 'add-a-database.md', 'rotate-your-first-secret.md']
const MOST_LINES = 150
const [moto, aws, vault, promtool] = [
  await findForTest('moto'),
  await findForTest('aws'),
  await findForTest('vault'),
  await findForTest('promtool'),
]
let desk: OpenedDesk

beforeAll(async () => {
  desk = await openDesk()
}, 300_000)
afterAll(() => desk[Symbol.asyncDispose](), 300_000)

async function install(packages: string): Promise<void> {
  expect(await runInShell(`npm install ${packages}`, desk)).toMatchObject({ code: 0 })
}

it(
  'a reader begins with an empty folder and rotates under load within an hour, by 150 lines',
  async () => {
    const env = { DATABASE_URL: desk.adminUrlAt('stock') }
    const typed: Block[] = []
    for (const page of FIRST_HOUR) {
      const start = performance.now()
      const load = startReplicaLoad([desk.here('http://127.0.0.1:3002')])
      const stopLoad = async () => {
        const { failed } = await load.stop()
        expect(failed).toEqual([])
      }
      await typePage(page, { ...desk, env }, stopLoad)
      const seconds = ((performance.now() - start) / 1000).toFixed(0)
      typed.push(...readBlocks(page))
      console.info(`after ${seconds} s of ${page}: ${String(countTyped(typed))} lines`)
    }
    const seen = await readFile(join(desk.folder.path, 'load.log'), 'utf8')
    expect(new Set(seen.trim().split('\n'))).toEqual(new Set(['200']))
    expect(countTyped(typed)).toBeLessThanOrEqual(MOST_LINES)
  },
  3 * PAGE_MS,
)

// It begins where the last one ended.
it(
  'each command of stuck-rotation.md works and prints what the page shows',
  () => typePage('stuck-rotation.md', desk),
  PAGE_MS,
)

it(
  'the packages of the variants can be installed',
  async () => {
    await install(OF_VARIANTS)
    for (const { language, attributes, text } of FIRST_HOUR.flatMap(readBlocks)) {
      if (language !== 'sh' || attributes['variant'] === undefined) continue
      expect(await runInShell(text, desk), text).toEqual({
        code: 0,
        printed: expect.any(String) as string,
      })
    }
  },
  PAGE_MS,
)

it.each([
  ['start.md', undefined],
  ['start.md', 'fastify'],
  ['start.md', 'hono'],
  ['start.md', 'node'],
  ['add-a-database.md', undefined],
  ['add-a-database.md', 'nest'],
])(
  'the service of %s, as its variant %s, lets in its caller alone, and stops on SIGTERM',
  async (page, variant) => {
    const blocks = readBlocks(page)
    await desk.folder.write(filesOf(blocks, variant))
    const command = blocks.find(({ attributes }) => attributes['until'] !== undefined)
    const health = desk.here(command?.attributes['until'] ?? '')
    // Without the shell, so that the exit code is that of the service.
    const direct = command?.text.replace('node --import', 'exec node --import') ?? ''
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

it.each(['prisma', 'drizzle', 'kysely', 'knex', 'typeorm', 'sequelize', 'mikro-orm'])(
  'a login is rotated twice under %s, and no request fails',
  async (library) => {
    const files = filesOf(readBlocks('add-a-database.md'))
    const page = readBlocks('database-libraries.md')
    await desk.folder.write(new Map([...files, ...filesOf(page, library)]))
    for (const { language, attributes, text } of page) {
      if (language !== 'sh' || attributes['variant'] !== library) continue
      expect(await runInShell(text, desk), text).toEqual({
        code: 0,
        printed: expect.any(String) as string,
      })
    }
    await using running = new DisposalStack()
    for (const { attributes, text } of readBlocks('rotate-your-first-secret.md').slice(0, 2)) {
      const health = desk.here(attributes['until'] ?? '')
      running.use(await startService(desk.here(text), health, desk), library)
    }
    const load = startReplicaLoad([desk.here('http://127.0.0.1:3002')])
    for (const rotation of [1, 2]) {
      const command = 'npx rekey rotate database stock --family development.json'
      expect(await runInShell(command, desk), `rotation ${rotation}`).toMatchObject({ code: 0 })
    }
    const { answered, failed } = await load.stop()
    expect(failed).toEqual([])
    expect(answered[0]).toBeGreaterThan(100)
  },
  PAGE_MS,
)

it.runIf(promtool.found)(
  'each command of metrics-kubernetes.md works',
  async () => {
    await desk.folder.write(filesOf(readBlocks('start.md')))
    await symlink(DEPLOY, join(desk.folder.path, 'deploy'))
    const env = { PATH: [dirname(promtool.path), process.env['PATH']].join(delimiter) }
    await typePage('metrics-kubernetes.md', { ...desk, env })
  },
  PAGE_MS,
)

it.each(['own-kind.md', 'own-store.md', 'one-package.md'])(
  'each command of %s works in an empty folder',
  async (page) => {
    await desk.folder.clear()
    const database = page.replace(/\W/g, '_')
    await desk.query(`create database ${database}`)
    await typePage(page, { ...desk, env: { DATABASE_URL: desk.adminUrlAt(database) } })
  },
  PAGE_MS,
)

it(
  'each command of adopt-a-database.md works, and no request of a load fails',
  async () => {
    await desk.folder.clear()
    await using another = await openDesk(desk.folder)
    const replicas = ['http://127.0.0.1:3001', 'http://127.0.0.1:3002']
    const load = startReplicaLoad(replicas.map(another.here))
    const env = { DATABASE_URL: another.adminUrlAt('orders') }
    await typePage('adopt-a-database.md', { ...another, env }, async () => {
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
    store = await atStore(desk, { env, addresses, pages: FIRST_HOUR.slice(0, 2) })
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
    const before = filesOf(readBlocks('add-a-database.md'))
    for (const page of listPages()) {
      const blocks = readBlocks(page).filter(({ language }) => language === 'ts')
      const variants = variantsOf(blocks)
      // A page may have a file in variants alone.
      if (page === 'database-libraries.md') variants.delete(undefined)
      for (const variant of variants) {
        const below = join(page, variant ?? 'first')
        // A page may begin where that one ends.
        await folder.write(before, below)
        files.push(...(await folder.write(filesOf(blocks, variant), below)))
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
