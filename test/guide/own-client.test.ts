import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { defineService, loadService } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/config-loader/store'
import { type LiveSecret, NON_PRODUCTION_PREFIX, Secret, type SecretSpec } from '@rekey/secret'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { filesOf, readBlocks } from './guide-blocks.ts'

const ROOT = join(import.meta.dirname, '../..')
const NAME = 'LICENCE_STOCK'
const MOST_LINES = 100
const newKey = () => NON_PRODUCTION_PREFIX + crypto.randomUUID() + crypto.randomUUID()

interface Followed {
  readonly current: Socket
  close(): Promise<void>
}

interface Licence {
  readonly licenceKey: () => SecretSpec<string>
}
interface Register {
  readonly followRegister: (secret: LiveSecret, port: number) => Promise<Followed>
}

/** A server that takes a key in the first line of a connection, and answers each further one. */
async function openRegister(accepted: ReadonlySet<string>) {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    let isIn = false
    socket.on('data', (data) => {
      if (isIn) return socket.write(data)
      isIn = accepted.has(String(data).trim())
      return isIn ? socket.write('welcome\n') : socket.end('no\n')
    })
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return { port: (server.address() as AddressInfo).port, open }
}

/** Writes the files of the page, and imports two of them. */
async function importPage() {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-own-client-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const files = filesOf(readBlocks('own-kind.md'))
  for (const [name, text] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const [far, client] = ['licence.ts', 'services/stock/src/register.ts']
  const lines = `${files.get(far)}${files.get(client)}`.split('\n').filter((line) => line.trim())
  const { licenceKey } = (await import(join(folder, far))) as Licence
  const { followRegister } = (await import(join(folder, client))) as Register
  return { lines: lines.length, licenceKey, followRegister }
}

it('the client of own-kind.md, with its far side at most 100 lines, follows its key: no call fails, and one connection is left', async () => {
  const { lines, licenceKey, followRegister } = await importPage()
  expect(lines).toBeLessThanOrEqual(MOST_LINES)
  const first = newKey()
  const accepted = new Set([first])
  const register = await openRegister(accepted)
  const store = createMemoryStore({ [NAME]: first })
  const definition = defineService({
    ...{ name: 'stock', settings: z.object({}), secrets: { licence: licenceKey() } },
  })
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, { env, source: store })
  onTestFinished(() => service.close())
  const { licence } = service.secrets
  const followed = await followRegister(licence, register.port)
  const call = async () => {
    const { current } = followed
    current.write('how many?\n')
    await new Promise((resolve, reject) => {
      current.once('data', resolve).once('close', reject)
    })
  }
  for (let round = 0; round < 3; round += 1) {
    const next = newKey()
    accepted.add(next)
    const { revision } = await store.stage(
      NAME,
      Secret.of(next, NAME),
      (await store.read(NAME)).revision,
    )
    const { current } = await store.promote(NAME, revision)
    await expect
      .poll(async () => {
        await call()
        return licence.usage.report().holding
      })
      .toEqual({ register: [current.version] })
    accepted.clear()
    accepted.add(next)
    await store.revoke(NAME, (await store.read(NAME)).revision)
  }
  await expect.poll(() => register.open.size).toBe(1)
  await followed.close()
  await expect.poll(() => register.open.size).toBe(0)
})
