// @lane servers
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, readlink, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect, promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openPostgres, type Postgres } from './index.ts'

async function ask(server: Postgres, query: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: server.adminUrl.expose() })
  await client.connect()
  try {
    const result = await client.query<{ answer: unknown }>(query)
    return result.rows[0]?.answer
  } finally {
    await client.end()
  }
}

const passwordOf = (server: Postgres) => new URL(server.adminUrl.expose()).password

describe('a PostgreSQL server', () => {
  let server: Postgres
  beforeAll(async () => {
    server = await openPostgres({ settings: { log_statement: 'all', max_connections: 17 } })
  })
  afterAll(() => server.close())

  it('answers a superuser, with the settings asked for', async () => {
    expect(
      await ask(server, `select rolsuper as answer from pg_roles where rolname = current_user`),
    ).toBe(true)
    expect(await ask(server, `select current_setting('max_connections') as answer`)).toBe('17')
  })

  it('asks for a password and stores it as SCRAM', async () => {
    const client = new pg.Client({
      connectionString: server.adminUrl.expose().replace(passwordOf(server), 'x'.repeat(32)),
    })
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' })
    expect(
      await ask(
        server,
        `select rolpassword like 'SCRAM-SHA-256$%' as answer from pg_authid where rolname = 'postgres'`,
      ),
    ).toBe(true)
  })

  it('writes a log that can be searched', async () => {
    await ask(server, `select 'find-me' as answer`)
    expect(await readFile(server.logPath, 'utf8')).toContain('find-me')
  })

  it('shows its password neither in its arguments, nor on disk, nor when printed', async () => {
    const password = passwordOf(server)
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'args'])
    expect(stdout).not.toContain(password)
    expect(existsSync(`${dirname(server.logPath)}/password`)).toBe(false)
    expect(await readFile(server.logPath, 'utf8')).not.toContain(password)
    expect(inspect(server, { depth: 9, showHidden: true }) + JSON.stringify(server)).not.toContain(
      password,
    )
  })

  it('keeps port and data over a restart', async () => {
    const { port } = server
    await ask(server, 'create table kept as select 42 as answer')
    await server.restart()
    expect(server.port).toBe(port)
    expect(await ask(server, 'select answer from kept')).toBe(42)
  })

  it('lives beside another one that comes and goes', async () => {
    const other = await openPostgres()
    expect(other.port).not.toBe(server.port)
    await other.close()
    await other.close()
    expect(existsSync(dirname(other.logPath))).toBe(false)
    expect(await ask(server, 'select 1 as answer')).toBe(1)
  })
})

it.runIf(process.platform === 'linux')(
  'runs from a checkout that is closed to the user it runs as, such as one in /root',
  async () => {
    await using open = await openPostgres()
    const programs = dirname(dirname(await readlink(`/proc/${open.pid ?? 0}/exe`)))
    const closed = await mkdtemp(join(tmpdir(), 'rekey-closed-'))
    onTestFinished(() => rm(closed, { recursive: true }))
    await cp(programs, join(closed, 'native'), { recursive: true, verbatimSymlinks: true })
    await using server = await openPostgres({ binDirectory: join(closed, 'native', 'bin') })
    expect(await ask(server, 'select 1 as answer')).toBe(1)
  },
)

it('says so when its port is taken, and leaves nothing', async () => {
  const occupant = createServer().listen(0, '127.0.0.1')
  await once(occupant, 'listening')
  const address = occupant.address()
  const port = typeof address === 'object' ? address?.port : undefined
  await expect(openPostgres({ port: port ?? 0 })).rejects.toThrow('Address already in use')
  occupant.close()
})

it('ends, and its data goes, when the process that started it is killed', async () => {
  const script = `
    import { openPostgres } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    const server = await openPostgres()
    console.log(JSON.stringify([server.pid, server.logPath]))
    process.kill(process.pid, 'SIGKILL')`
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const [, logPath] = JSON.parse(line.toString()) as [number, string]
  for (let wait = 0; wait < 100 && existsSync(dirname(logPath)); wait += 1) await delay(100)
  expect(existsSync(dirname(logPath))).toBe(false)
})
