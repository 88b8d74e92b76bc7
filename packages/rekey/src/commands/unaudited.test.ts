// @lane servers
import { execFile, execFileSync } from 'node:child_process'
import { appendFile, mkdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { runSourceFlags } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'
import { usePostgres, VARIABLE } from '../../test/commands/audit/audit-database.support.ts'
import { KEY, openDeployment } from '../../test/commands/shop-and-mail.support.ts'

const MAIN = join(import.meta.dirname, '../main.ts')
const server = usePostgres()

/** A deployment of which one replica was shut down, with the ways to rotate its secret. */
async function openFamily(options: Parameters<typeof openDeployment>[0] = {}) {
  const deployment = await openDeployment(options)
  const { rekey, gone, path } = deployment
  const args = ['rotate', 'api-key', 'shop:mail', '--deadline-ms', '20000', '--without', gone]
  const rotate = (...more: readonly string[]) => rekey(...args, ...more)
  const actions = async () => (await rekey('audit', 'query')).lines()
  const isGone = async () => !(await readFile(path, 'utf8')).includes(deployment.first)
  const family = join(dirname(path), 'family.json')
  return { ...deployment, args, rotate, actions, isGone, family }
}

/** The entries of an emergency, in their order. */
const ENTRIES = [
  ...['command.rotate', 'rotation.without', 'rotation.generate', 'rotation.stage'],
  ...['rotation.admit', 'rotation.prove', 'rotation.promote', 'rotation.revoke'],
  'rotation.confirm-revoked',
]
const UNAUDITED = { type: 'unaudited', secret: KEY, unaudited: ENTRIES.length }

type Family = Awaited<ReturnType<typeof openFamily>>

/** A plain rotation is refused while `repair` was not called, and writes the entries before its own afterwards. */
async function expectToWait({ rotate, actions }: Family, repair: () => unknown): Promise<void> {
  const refused = (await rotate()).lines().slice(-1)
  expect(refused).toMatchObject([{ type: 'failure', details: { unaudited: ENTRIES.length } }])
  await repair()
  expect(await rotate()).toMatchObject({ code: 0 })
  const entries = await actions()
  const spooled = entries.filter(({ details }) => 'spooledAt' in (details as object))
  expect(spooled.map(({ action }) => action)).toEqual(ENTRIES)
  const own = entries.slice(entries.indexOf(spooled.at(-1) ?? {}) + 1)
  expect(own[0]).toMatchObject({ action: 'command.rotate', details: { phase: 'begin' } })
  expect(spooled[0]).toHaveProperty('person', own[0]?.['person'])
}

it('R58: rotate --compromised revokes while the disk of the audit log is full', async () => {
  const family = await openFamily()
  const repair = await fillDisk(join(dirname(family.path), 'audit'))
  const urgent = await family.rotate('--compromised')
  expect(urgent).toMatchObject({ code: 0 })
  expect(urgent.lines()).toContainEqual(UNAUDITED)
  expect(await family.isGone()).toBe(true)
  await expectToWait(family, repair)
})

/** Makes a directory that takes no byte: a full file system, or for a user who may not mount one a file in its place. */
async function fillDisk(directory: string): Promise<() => Promise<void>> {
  try {
    await mkdir(directory)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,mode=700', 'tmpfs', directory], {
      stdio: 'ignore',
    })
    onTestFinished(() => void execFileSync('umount', [directory]))
    const other = join(directory, 'other')
    await appendFile(other, Buffer.alloc(4096))
    return async () => {
      execFileSync('mount', ['-o', 'remount,size=1m', directory])
      await unlink(other)
    }
  } catch {
    await rm(directory, { recursive: true })
    await writeFile(directory, '')
    return () => unlink(directory)
  }
}

it('R58: rotate --compromised revokes while the database of the audit log is away', async () => {
  const database = await server.openDatabase()
  const family = await openFamily({ auditDatabase: VARIABLE, env: database.env })
  await server.stop()
  try {
    const urgent = await family.show(...family.args, '--compromised')
    expect(urgent).toMatchObject({ code: 0 })
    expect(urgent.output).toContain(`unaudited: ${ENTRIES.length}`)
    expect(await family.isGone()).toBe(true)
    await expectToWait(family, () => server.start())
  } finally {
    await server.start()
  }
})

it('R58: rotate --compromised revokes where the login of the audit log is gone', async () => {
  const { rotate, isGone } = await openFamily({ auditDatabase: VARIABLE })
  expect((await rotate('--compromised')).lines()).toContainEqual(UNAUDITED)
  expect(await isGone()).toBe(true)
  expect((await rotate()).lines()).toMatchObject([{ type: 'failure', code: 'missing' }])
})

it('R58: rotate --compromised ends though the database of the audit log has stopped, and so does its process', async () => {
  const database = await server.openDatabase()
  const family = await openFamily({ auditDatabase: VARIABLE, env: database.env })
  const { pid } = server
  process.kill(pid, 'SIGSTOP')
  try {
    const args = [...family.args, '--compromised', '--family', family.family, '--json']
    const env = { ...process.env, ...database.env }
    const run = promisify(execFile)(process.execPath, [...runSourceFlags(), MAIN, ...args], { env })
    expect((await run).stdout).toContain(JSON.stringify(UNAUDITED))
    expect(await family.isGone()).toBe(true)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  expect(await family.rotate()).toMatchObject({ code: 0 })
  expect((await family.actions()).map(({ action }) => action).slice(1, 10)).toEqual(ENTRIES)
}, 50_000)
