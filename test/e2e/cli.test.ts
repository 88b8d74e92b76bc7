// @lane servers
import { openRotator } from '@rekey/rekey'
import { openStack, type Stack } from '@rekey/stack'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runRekey } from '@rekey/test-support'

let stack: Stack

beforeAll(async () => {
  stack = await openStack({ validationMs: 200 })
}, 120_000)
afterAll(() => stack.close())

const rekey = (...args: string[]) => runRekey([...args, '--stack', stack.directory])

it.each([
  ['api-key', 'frontend:signing', 'API_KEY_FRONTEND_SIGNING'],
  ['database', 'certtransparency', 'DATABASE_CERTTRANSPARENCY'],
])(
  'rotates %s %s on a running stack, and prints each step',
  async (kind, secret, name) => {
    const before = await stack.store.read(name)
    const { stdout, stderr, code, lines } = await rekey('rotate', kind, secret, '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const steps = lines().map(({ step }) => step)
    expect(steps.slice(0, 7)).toEqual([
      'generate',
      'stage',
      'admit',
      'prove',
      'promote',
      'confirm',
      'revoke',
    ])
    const after = await stack.store.read(name)
    expect(lines().at(-1)).toMatchObject({ secret: name, version: after.current.version })
    expect(after.current.version).not.toBe(before.current.version)
    expect(stdout).not.toContain(after.current.value.expose())
  },
  60_000,
)

it('shows where every secret stands, without a value', async () => {
  const { stdout, code, lines } = await rekey('status', '--json')
  expect(code).toBe(0)
  const titles = lines().map(({ secret }) => secret)
  expect(titles).toEqual(
    expect.arrayContaining([
      'api-key frontend:signing',
      'api-key signing:certtransparency',
      'database frontend',
      'database certtransparency',
    ]),
  )
  for (const { name, turn } of lines()) {
    const { current } = await stack.store.read(String(name))
    expect(stdout).toContain(current.version)
    expect(stdout).not.toContain(current.value.expose())
    expect(turn).toMatchObject({ isDue: false, isOverdue: false })
  }
})

it('exits with 3 and names the holder while somebody else rotates the secret', async () => {
  const rotator = await openRotator({
    ...stack.family,
    validationMs: 200,
  })
  const claim = await rotator.journal.claim('DATABASE_FRONTEND', 'the other one', 60_000)
  const { stderr, code } = await rekey('rotate', 'database', 'frontend')
  expect(code).toBe(3)
  expect(stderr).toContain('the other one')
  await claim.release()
  await rotator.close()
})

it('exits with 4 and names the laggard when a replica does not acknowledge, and goes on afterwards', async () => {
  const signing = stack.services.find(({ name }) => name === 'signing')
  await signing?.stop()
  const args = ['rotate', 'api-key', 'frontend:signing']
  const { stderr, code } = await rekey(...args, '--deadline-ms', '500')
  expect(code).toBe(4)
  expect(stderr).toContain(signing?.healthUrl)
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
  [['stauts'], "unknown command 'stauts'"],
])('exits with 2 and says what is wrong with: %j', async (args, words) => {
  const { stderr, code } = await (args.length > 1 ? rekey(...args) : runRekey(args))
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(words) as string,
  })
})

it('says how to start a stack when the one that is named does not run', async () => {
  const { stderr, code } = await runRekey(['status', '--stack', '/nowhere'])
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no running stack') as string,
  })
})
