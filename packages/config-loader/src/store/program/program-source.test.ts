import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createFakeClock } from '@rekey/secret'
import { findForTest } from '@rekey/testbed'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  describeSource,
  type FilledSource,
} from '../../../test/store/program/source-contract.support.ts'
import { openStandIn } from '../../../test/store/program/stand-in.support.ts'
import { openSource, openStore } from '../index.ts'
import type { LocateOptions } from '../index.ts'

const NAME = 'API_KEY_SHOP_STOCK'
const LOCATORS = ['op:Production', 'doppler:shop/prd', 'infisical:3f9c/prod/shop'] as const
const TOKEN = { INFISICAL_TOKEN: 'given' }

/** A source through a stand-in, since the program itself is not to be had. */
async function openBeside(locator: string, options: Partial<LocateOptions> = {}) {
  const standIn = await openStandIn(locator.split(':')[0] ?? '')
  const env = { PATH: standIn.directory, ...TOKEN, ...options.env }
  const source = await openSource(locator, { ...options, env })
  return { ...standIn, source }
}

/** The same, ended with the test. */
async function open(...of: Parameters<typeof openBeside>) {
  const opened = await openBeside(...of)
  onTestFinished(() => opened[Symbol.asyncDispose]())
  return opened
}

for (const locator of LOCATORS) {
  describeSource(`${locator} on a stand-in of its program`, () => openBeside(locator))
}

const doppler = await findForTest('doppler')

/** The real program, on a stand-in of the API of Doppler. */
async function openRealDoppler(
  path: string,
): Promise<FilledSource & { answer(code: number): void }> {
  const secrets: Record<string, { computed: string | null; note: string }> = {}
  let code = 200
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    const asked = (searchParams.get('secrets') ?? '').split(',')
    const found = Object.fromEntries(
      Object.entries(secrets).filter(([name]) => asked.includes(name)),
    )
    const body = code === 200 ? { secrets: found } : { messages: ['x'], success: false }
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const directory = await mkdtemp(join(tmpdir(), 'rekey-doppler-'))
  await symlink(path, join(directory, 'doppler'))
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { PATH: directory, HOME: directory, DOPPLER_TOKEN: 'given', DOPPLER_API_HOST: host }
  return {
    source: await openSource('doppler:shop/prd', { env }),
    answer: (next) => (code = next),
    put: (name, value) => {
      secrets[name] = { computed: value === 'RESTRICTED' ? null : value, note: '' }
      return Promise.resolve()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true })
    },
  }
}

describe.runIf(doppler.found)('the real program doppler', () => {
  describeSource('doppler, on a stand-in of its API', () => openRealDoppler(doppler.path))

  it('reports a restricted value as forbidden, and a refused token as no answer', async () => {
    const opened = await openRealDoppler(doppler.path)
    onTestFinished(() => opened[Symbol.asyncDispose]())
    await opened.put(NAME, 'RESTRICTED')
    await expect(opened.source.read(NAME)).rejects.toMatchObject({ code: 'forbidden' })
    opened.answer(401)
    await expect(opened.source.read(NAME)).rejects.toMatchObject({ code: 'unreachable' })
  })
})

it.each(LOCATORS)('%s gets only what it may have, and no value as an argument', async (locator) => {
  const [scheme = ''] = locator.split(':')
  const own = `${scheme.toUpperCase()}_HOST`
  const env = { DATABASE_SHOP: 'x', AWS_SECRET_ACCESS_KEY: 'x', HOME: '/', [own]: 'x' }
  const { source, put, runs } = await open(locator, { env })
  const value = randomBytes(24).toString('base64url')
  await put(NAME, value)
  await source.read(NAME)
  const [run] = await runs()
  const allowed = ['HOME', 'PATH', own, ...(scheme === 'infisical' ? ['INFISICAL_TOKEN'] : [])]
  expect(run?.variables.toSorted()).toEqual(allowed.toSorted())
  expect(run?.cwd).toBe('/')
  expect(run?.args.join(' ')).toContain(NAME)
  expect(run?.args.join(' ')).not.toContain(value)
})

it.each([
  ['large', 'malformed', 'op printed more than 65536 bytes'],
  ['binary', 'malformed', 'op printed a value that is no UTF-8'],
  ['refused', 'unreachable', 'op ended with 1 and printed no value'],
] as const)('a program whose answer is %s: %s', async (fault, code, message) => {
  const { source, put, breakBy } = await open('op:Production')
  const value = randomBytes(24).toString('base64url')
  await put(NAME, value)
  await breakBy(fault)
  const error: unknown = await source.read(NAME).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string })
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(value)
})

/** Whether a process runs; one that waits for its parent to notice its end does not. */
const isAlive = async (pid = -1) =>
  /^\d+ \(.*\) [^ZX]/.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))

it('a program that does not end is ended with its helpers after 10 s', async () => {
  const clock = createFakeClock()
  const { source, breakBy, runs } = await open('op:Production', { clock })
  await breakBy('slow')
  const reading = source.read(NAME).catch((error: unknown) => error)
  await vi.waitFor(async () => {
    expect(await runs()).toHaveLength(1)
  }, 10_000)
  const [run] = await runs()
  expect([await isAlive(run?.pid), await isAlive(run?.helper)]).toEqual([true, true])
  await clock.advance(10_000)
  expect(await reading).toMatchObject({ code: 'unreachable', details: { reason: 'timeout' } })
  await vi.waitFor(async () => {
    expect([await isAlive(run?.pid), await isAlive(run?.helper)]).toEqual([false, false])
  })
})

it('a program that is not installed is named', async () => {
  const source = await openSource('op:Production', { env: { PATH: '/nonexistent' } })
  await expect(source.read(NAME)).rejects.toMatchObject({
    code: 'unreachable',
    message: 'the program op is not installed: put it on PATH',
  })
})

it('takes an item of another vault, or an absent vault, for no answer', async () => {
  const { source, put, breakBy } = await open('op:Production')
  await put('x', `"${NAME}" isn't an item in the "Staging" vault; "Production" isn't a vault`)
  await breakBy('refused')
  await expect(source.read(NAME)).rejects.toMatchObject({ code: 'unreachable' })
})

it.each([
  ['op:--help', 'malformed', {}],
  ['op:a/b/c', 'malformed', {}],
  ['doppler:shop', 'malformed', {}],
  ['doppler:-x/prd', 'malformed', {}],
  ['infisical:id/prod/../x', 'malformed', TOKEN],
  ['infisical:id/prod', 'malformed', {}],
])('refuses to open %s: %s', async (locator, code, env) => {
  await expect(openSource(locator, { env })).rejects.toMatchObject({ code })
})

it.each(LOCATORS)('refuses to write to %s', async (locator) => {
  await expect(openStore(locator, { env: TOKEN })).rejects.toMatchObject({ code: 'refused' })
})
