import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { createFakeClock, Secret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { describeSecretStore } from './contract.ts'
import { createMemoryStore } from './index.ts'

const random = () => randomBytes(24).toString('base64url')

describeSecretStore('memory', () =>
  Promise.resolve({ store: createMemoryStore(), close: () => Promise.resolve() }),
)

it('begins with what it is given, and knows when each version came', async () => {
  const clock = createFakeClock()
  const startedAt = new Date(clock.now())
  const [first, second] = [random(), random()]
  const store = createMemoryStore({ KEY: first }, { clock })
  await clock.advance(1_000)
  const { revision } = await store.read('KEY')
  expect(await store.stage('KEY', Secret.of(second, 'KEY'), revision)).toMatchObject({
    current: { createdAt: startedAt },
    pending: { createdAt: new Date(clock.now()) },
  })
})

it('does not show its values', () => {
  const value = random()
  expect(inspect(createMemoryStore({ KEY: value }), { depth: 9, showHidden: true })).not.toContain(
    value,
  )
})

it('rejects a wiped value instead of throwing at its caller', async () => {
  const wiped = Secret.of(random(), 'KEY')
  wiped[Symbol.dispose]()
  const outcome = createMemoryStore().create('KEY', wiped)
  await expect(outcome).rejects.toMatchObject({ code: 'disposed' })
})

it('refuses bad names at once', () => {
  expect(() => createMemoryStore({ KEY__PENDING: random() })).toThrow(
    expect.objectContaining({ code: 'malformed' }),
  )
})
