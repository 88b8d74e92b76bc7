import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findForTest, openPgBouncer } from './index.ts'

const { found, path: program } = await findForTest('pgbouncer')

/** Nobody is there; it is only asked for once a client comes. */
const server = { host: '127.0.0.1', port: 9 }

describe.runIf(found)('a PgBouncer', () => {
  it('answers in its console, with the settings asked for', async () => {
    await using pooler = await openPgBouncer({ program, server, settings: { max_client_conn: 17 } })
    const settings = await pooler.command('show config')
    expect(settings.find(({ key }) => key === 'max_client_conn')).toMatchObject({ value: '17' })
  })

  it('leaves nothing behind when closed, also twice', async () => {
    const pooler = await openPgBouncer({ program, server })
    await pooler.close()
    await pooler.close()
    expect(existsSync(dirname(pooler.logPath))).toBe(false)
    await expect(pooler.command('show version')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('that does not start shows the end of its log', async () => {
    const opening = openPgBouncer({ program, server, settings: { pool_mode: 'none' } })
    await expect(opening).rejects.toThrow(/pool_mode/)
  })

  it('ends, and its files go, when the process that started it is killed', async () => {
    const script = `
      import { openPgBouncer } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
      const pooler = await openPgBouncer(${JSON.stringify({ program, server })})
      console.log(pooler.logPath)
      process.kill(process.pid, 'SIGKILL')`
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const home = dirname(line.toString())
    await expect.poll(() => existsSync(home), { timeout: 10_000 }).toBe(false)
  })
})
