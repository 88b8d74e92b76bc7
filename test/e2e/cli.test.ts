import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { openRotator, openStack, runSourceFlags, type Stack } from '@rekey/stack'
import { afterAll, beforeAll, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../tools/rekey/src/main.ts', import.meta.url))
let stack: Stack

beforeAll(async () => {
  stack = await openStack({ validationMs: 200 })
}, 120_000)
afterAll(() => stack.close())

async function rekey(...args: string[]) {
  const child = spawn(process.execPath, [...runSourceFlags(), MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { stdout, stderr, code }
}

const json = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

it.each([
  ['api-key', 'frontend:signing', 'API_KEY_FRONTEND_SIGNING'],
  ['database', 'certtransparency', 'DATABASE_CERTTRANSPARENCY'],
])(
  'rotates %s %s on a running stack, and prints each step',
  async (kind, secret, name) => {
    const before = await stack.store.read(name)
    const { stdout, stderr, code } = await rekey(
      'rotate',
      kind,
      secret,
      '--stack',
      stack.directory,
      '--json',
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = json(stdout)
    expect(lines.map(({ step }) => step)).toEqual([
      'generate',
      'stage',
      'admit',
      'prove',
      'promote',
      'confirm',
      'revoke',
      undefined,
    ])
    const after = await stack.store.read(name)
    expect(lines.at(-1)).toMatchObject({ secret: name, version: after.current.version })
    expect(after.current.version).not.toBe(before.current.version)
    expect(stdout).not.toContain(after.current.value.expose())
  },
  60_000,
)

it('shows where every secret stands, without a value', async () => {
  const { stdout, code } = await rekey('status', '--stack', stack.directory, '--json')
  expect(code).toBe(0)
  const status = json(stdout)
  expect(status.map(({ secret }) => secret)).toEqual([
    'api-key frontend:signing',
    'api-key signing:certtransparency',
    'database frontend',
    'database certtransparency',
  ])
  for (const { name } of status) {
    const { current } = await stack.store.read(String(name))
    expect(stdout).toContain(current.version)
    expect(stdout).not.toContain(current.value.expose())
  }
})

it('exits with 3 and names the holder while somebody else rotates the secret', async () => {
  const rotator = await openRotator({
    ...stack,
    validationMs: 200,
  })
  const claim = await rotator.journal.claim('DATABASE_FRONTEND', 'the other one', 60_000)
  const { stderr, code } = await rekey('rotate', 'database', 'frontend', '--stack', stack.directory)
  expect(code).toBe(3)
  expect(stderr).toContain('the other one')
  await claim.release()
  await rotator.close()
})

it('exits with 4 and names the laggard when a replica does not acknowledge, and goes on afterwards', async () => {
  const signing = stack.services.find(({ name }) => name === 'signing')
  await signing?.stop()
  const args = ['rotate', 'api-key', 'frontend:signing', '--stack', stack.directory]
  const { stderr, code } = await rekey(...args, '--deadline-ms', '500')
  expect(code).toBe(4)
  expect(stderr).toContain(stack.fleet.find(({ service }) => service === 'signing')?.healthUrl)
  expect((await stack.store.read('API_KEY_FRONTEND_SIGNING')).pending).toBeDefined()
  await signing?.start()
  expect((await rekey(...args)).code).toBe(0)
  expect((await stack.store.read('API_KEY_FRONTEND_SIGNING')).pending).toBeUndefined()
}, 60_000)

it.each([
  [
    ['rotate', 'api-key', 'frontend:nobody'],
    'there is no api-key frontend:nobody; there are: api-key frontend:signing',
  ],
  [['rotate', 'api-key'], "missing required argument 'secret'"],
  [
    ['rotate', 'database', 'frontend', '--deadline-ms', 'soon'],
    '--deadline-ms takes a whole number',
  ],
  [['stauts'], "unknown command 'stauts'"],
])('exits with 2 and says what is wrong with: %j', async (args, words) => {
  const { stderr, code } = await rekey(
    ...args,
    ...(args.length > 1 ? ['--stack', stack.directory] : []),
  )
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(words) as string,
  })
})

it('says how to start a stack when the one that is named does not run', async () => {
  const { stderr, code } = await rekey('status', '--stack', '/nowhere')
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no running stack') as string,
  })
})
