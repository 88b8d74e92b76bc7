import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openConnection, parseConnectionUrl } from '@rekey/db-pool-rotator/connection'
import { DisposalStack, storeName } from '@rekey/secret'
import { openDotenvStore } from '@rekey/secret-stores'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type HyphenatedFamily,
  KEY,
  openHyphenatedFamily,
  RECEIVER,
  SENDER,
} from './hyphenated-fixture.ts'
import { openStrangerProject, type StrangerProject } from './stranger-project.ts'

const LOGIN = storeName('database', [SENDER])
const API_KEY = ['rotate', 'api-key', `${SENDER}:${RECEIVER}`]
const DATABASE = ['rotate', 'database', SENDER]
const TIMEOUT_MS = 180_000

const own = new DisposalStack()
let project: StrangerProject
let opened: HyphenatedFamily
let load: { readonly stop: () => Promise<{ done: number; failed: unknown[] }> }

beforeAll(async () => {
  opened = own.use(await openHyphenatedFamily(), 'family')
  project = own.use(await openStrangerProject(['@rekey/cli']), 'project')
  await project.write({ 'family.json': JSON.stringify(opened.family) })
  load = startLoad()
}, 240_000)
afterAll(() => own.dispose())

/** Calls the receiver and asks both databases again and again. */
function startLoad(): typeof load {
  const stop = new AbortController()
  const failed: unknown[] = []
  let done = 0
  const works = [
    async () => {
      expect(await opened.call()).toBe(200)
    },
    ...[...opened.users.values()].map((query) => async () => {
      await query()
    }),
  ]
  const repeat = async (work: () => Promise<void>) => {
    while (!stop.signal.aborted) {
      await work().catch((error: unknown) => failed.push(error))
      done += 1
      await wait(5)
    }
  }
  const ended = Promise.all(works.map(repeat))
  return {
    async stop() {
      stop.abort()
      await ended
      return { done, failed }
    },
  }
}

/** What the command exits with while another rotator holds the secret: also one that was killed, until its lease ends. */
const HELD = 3

async function rotate(args: readonly string[]): Promise<void> {
  const run = () => project.run('rekey', [...args, '--family', 'family.json'])
  let { code, stderr } = await run()
  while (code === HELD) {
    await wait(5_000)
    ;({ code, stderr } = await run())
  }
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' })
}

/** Starts a rotation with the installed command and kills it as soon as it reports a step. */
async function killAt(step: string, args: readonly string[]): Promise<void> {
  const main = join(project.root, 'node_modules/@rekey/cli/dist/main.js')
  const child = spawn(process.execPath, [main, ...args, '--family', 'family.json', '--json'], {
    cwd: project.root,
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = once(child, 'exit')
  for await (const chunk of child.stdout)
    if (String(chunk).includes(`"${step}"`)) child.kill('SIGKILL')
  expect(await exited).toEqual([null, 'SIGKILL'])
}

async function textOf(name: string): Promise<string> {
  await using store = await openDotenvStore({ path: opened.envFile })
  return (await store.read(name)).current.value.expose()
}

const refusedKey = async (key: string) => {
  const [{ url }] = opened.family['fleet'] as [{ url: string }]
  return (await fetch(url, { headers: { authorization: `Bearer ${key}` } })).status
}
const logIn = async (url: string) => openConnection(parseConnectionUrl(url))

it(
  'the installed command rotates a key and a login under load; the old ones are refused',
  async () => {
    const [key, login] = [await textOf(KEY), await textOf(LOGIN)]
    await rotate(API_KEY)
    await rotate(DATABASE)
    expect(await refusedKey(key)).toBe(401)
    await expect(logIn(login)).rejects.toThrow()
  },
  TIMEOUT_MS,
)

it(
  'a rotation that is killed after it promoted is ended by the next run',
  async () => {
    const key = await textOf(KEY)
    await killAt('promote', API_KEY)
    expect(await refusedKey(key)).toBe(200)
    await rotate(API_KEY)
    expect(await refusedKey(key)).toBe(401)
  },
  TIMEOUT_MS,
)

it(
  'a key that has leaked is cut off without grace',
  async () => {
    const key = await textOf(KEY)
    await rotate([...API_KEY, '--compromised'])
    expect(await refusedKey(key)).toBe(401)
  },
  TIMEOUT_MS,
)

it('no request of the load failed', async () => {
  const { done, failed } = await load.stop()
  expect(failed).toEqual([])
  expect(done).toBeGreaterThan(100)
})
