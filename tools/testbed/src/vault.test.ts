import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findForTest, openVault, type Vault } from './index.ts'

const { found, path: program } = await findForTest('vault')
const random = () => randomBytes(24).toString('base64url')

describe.runIf(found)('a Vault', { timeout: 60_000 }, () => {
  let vault: Vault
  const value = random()
  beforeAll(async () => {
    vault = await openVault({ program, storage: 'file' })
    await vault.require('POST', 'secret/data/kept', { data: { value } })
  }, 120_000)
  afterAll(() => vault.close())
  const read = async () => {
    const { data } = await vault.require('GET', 'secret/data/kept')
    return (data as { data: unknown }).data
  }

  it('is the version of the table, and does not show its root token', async () => {
    expect(await vault.require('GET', 'sys/health')).toMatchObject({ version: '1.21.4' })
    expect(inspect(vault, { depth: 9, showHidden: true })).not.toContain(vault.rootToken)
  })

  it('answers nothing while it is sealed, and keeps its data', async () => {
    await vault.seal()
    expect(await vault.request('GET', 'secret/data/kept')).toMatchObject({
      status: 503,
      body: { errors: ['Vault is sealed'] },
    })
    await vault.unseal()
    expect(await read()).toEqual({ value })
  })

  it.each(['stop', 'kill'] as const)('keeps its data over %s and start', async (end) => {
    const { pid } = vault
    await vault[end]()
    await expect(vault.request('GET', 'sys/health')).rejects.toThrow('fetch failed')
    await vault.start()
    expect(vault.pid).not.toBe(pid)
    expect(await read()).toEqual({ value })
  })

  it('answers nothing while it is paused', async () => {
    await vault.pause()
    const answer = read()
    const first = await Promise.race([answer, new Promise((done) => setTimeout(done, 500, 'none'))])
    vault.resume()
    expect(first).toBe('none')
    expect(await answer).toEqual({ value })
  })

  it('answers nothing while its audit device is blocked, and then goes on', async () => {
    const audit = await vault.openAudit()
    await audit.block()
    const answer = read()
    const first = await Promise.race([answer, new Promise((done) => setTimeout(done, 500, 'none'))])
    audit.unblock()
    expect(first).toBe('none')
    expect(await answer).toEqual({ value })
    await expect
      .poll(async () => (await audit.entries()).at(-1))
      .toMatchObject({ type: 'response', request: { path: 'secret/data/kept' } })
    expect(JSON.stringify(await audit.entries())).not.toContain(value)
  })
})

describe.runIf(found)('a Vault in memory', { timeout: 60_000 }, () => {
  it('takes more settings, and leaves nothing behind when closed, also twice', async () => {
    const vault = await openVault({ program, settings: { default_lease_ttl: '90s' } })
    const { data } = await vault.require('GET', 'sys/mounts/auth/token/tune')
    expect(data).toMatchObject({ default_lease_ttl: 90 })
    await vault.close()
    await vault.close()
    await expect(access(`/proc/${String(vault.pid)}`)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('that does not start shows the end of its log', async () => {
    const opening = openVault({ program, settings: { api_addr: 'no address' } })
    await expect(opening).rejects.toThrow(/api_addr|parse|address/)
  })

  it('ends when the process that started it is killed', async () => {
    const script = `
      import { openVault } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
      const vault = await openVault(${JSON.stringify({ program })})
      console.log(vault.pid)
      process.kill(process.pid, 'SIGKILL')`
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const proc = `/proc/${line.toString().trim()}`
    await expect
      .poll(
        () =>
          access(proc).then(
            () => 'runs',
            () => 'gone',
          ),
        { timeout: 10_000 },
      )
      .toBe('gone')
  })
})
