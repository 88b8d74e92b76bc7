import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FamilyDeclaration } from '@rekey/rekey'
import { runRekey } from '@rekey/test-support'
import { findForTest, openPostgres, openVault } from '@rekey/testbed'
import { type CellTable, effort, writePackages } from './bench-table.ts'

const SIZES = effort([100, 1_000], [10])
const AT_ONCE = 16
/** How long the register takes for an answer. */
const ANSWER_MS = 5
/** The register refuses what this secret is given, so that its rotation is rolled back. */
const REFUSED = 'PASS_S1'

/** A family whose secrets are all due, and the environment of its rotator. */
interface Due {
  readonly family: string
  readonly env: Readonly<Record<string, string>>
}

/** `rekey rotate --due` on families whose secrets are all due, one of which is refused. */
export async function benchDueAtOnce(): Promise<CellTable> {
  await writePackages()
  const vault = await findForTest('vault')
  const stores = vault.found ? [IN_FILE, inVault(vault.path)] : [IN_FILE]
  const rows: CellTable['rows'][number][] = []
  for (const store of stores) {
    for (const size of store === IN_FILE ? SIZES.slice(0, 1) : SIZES) {
      const { seconds, most } = await store.open(size, measure)
      const cells = [seconds.toFixed(1), (size / seconds).toFixed(1), String(most)]
      rows.push({ name: `${size.toLocaleString('en')} in ${store.name}`, cells })
    }
  }
  return {
    title: 'Secrets that are due at once, rotated by one run',
    columns: ['seconds', 'a second', 'side by side'],
    rows,
    aim: 'with Vault ten times the secrets take ten times the time; one that is refused holds up no other',
    note:
      `journal in PostgreSQL, each far side answers in ${ANSWER_MS} ms, --at-once ${AT_ONCE}; the start of the process is part of it. ` +
      'Side by side is the most that one far side for all was asked at once. A .env file is written anew as a whole for each change of a secret',
  }
}

interface Measured {
  readonly seconds: number
  readonly most: number
}

type Work = (due: Due, register: Register, size: number) => Promise<Measured>

/** A kind of store. */
interface Place {
  readonly name: string
  /** Has `work` rotate a family of so many secrets that are there. */
  readonly open: (size: number, work: Work) => Promise<Measured>
}

const IN_FILE: Place = {
  name: 'one .env file',
  open: (size, work) =>
    withParts(size, async ({ directory, values, made, rotator, declare }) => {
      const path = join(directory, '.env')
      const lines = [...values].map(([name, value]) => `# @created ${made}\n${name}=${value}\n`)
      const text = `DATABASE_ROTATOR='${rotator}'\n${lines.join('')}`
      await writeFile(path, text, { mode: 0o600 })
      const { family, register } = await declare({ locator: `dotenv:${path}` })
      return work({ family, env: {} }, register, size)
    }),
}

function inVault(program: string): Place {
  const open: Place['open'] = (size, work) =>
    withParts(size, async ({ values, made, rotator, declare }) => {
      await using vault = await openVault({ program })
      const put = (name: string, value: string) =>
        vault.require('POST', `secret/data/bench/${name}`, {
          data: { rekey: { current: { value, createdAt: made } } },
        })
      await put('DATABASE_ROTATOR', rotator)
      for (const [name, value] of values) await put(name, value)
      const { family, register } = await declare({ locator: 'vault:secret/bench' })
      const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken }
      return await work({ family, env }, register, size)
    })
  return { name: 'Vault', open }
}

interface Register extends Disposable {
  readonly url: string
  /** The most requests at once, so far. */
  readonly most: number
}

interface Parts {
  readonly directory: string
  readonly values: ReadonlyMap<string, string>
  /** Two days ago. */
  readonly made: string
  /** The rotator's login at the server of the journal. */
  readonly rotator: string
  readonly declare: (
    store: FamilyDeclaration['store'],
  ) => Promise<{ family: string; register: Register }>
}

async function withParts<T>(size: number, work: (parts: Parts) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-due-'))
  await using server = await openPostgres()
  using register = await openRegister()
  const names = Array.from({ length: size }, (_, i) => `PASS_S${i}`)
  const declare: Parts['declare'] = async (store) => {
    const module = new URL('due-family.mjs', import.meta.url).href
    const deployment = {
      ...{ store, environment: 'development', journal: 'main', fleet: [] },
      auditDirectory: join(directory, 'audit'),
    }
    const family = join(directory, 'family.mjs')
    const args = [size, register.url, deployment].map((one) => JSON.stringify(one)).join(', ')
    await writeFile(
      family,
      `import { familyOf } from '${module}'\nexport const family = familyOf(${args})\n`,
    )
    return { family, register }
  }
  try {
    return await work({
      ...{ directory, declare, rotator: server.adminUrl.expose() },
      values: new Map(names.map((name) => [name, randomBytes(32).toString('hex')])),
      made: new Date(Date.now() - 2 * 86_400_000).toISOString(),
    })
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function openRegister(): Promise<Register> {
  let asked = 0
  let most = 0
  const server = createServer((request, response) => {
    most = Math.max(most, (asked += 1))
    setTimeout(() => {
      asked -= 1
      response.writeHead(request.url?.startsWith(`/admit/${REFUSED}/`) ? 403 : 204).end()
    }, ANSWER_MS)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    get most() {
      return most
    },
    [Symbol.dispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** @throws {Error} unless all were rotated but the one that is refused */
async function measure({ family, env }: Due, register: Register, size: number): Promise<Measured> {
  const args = ['rotate', '--due', '--at-once', String(AT_ONCE), '--family', family, '--json']
  const start = performance.now()
  const { code, lines, stderr } = await runRekey(args, env)
  const seconds = (performance.now() - start) / 1_000
  const rotated = lines().filter(({ outcome }) => outcome === 'rotated').length
  if (rotated === size - 1 && code === 5) return { seconds, most: register.most }
  throw new Error(`${rotated} of ${size} were rotated, exit code ${String(code)}: ${stderr}`)
}
