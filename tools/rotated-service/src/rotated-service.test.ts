import { createPasswordSpec } from '@rekey/secret/internal/kind'
import { createFarSideRotation } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { newPassword, openRotatedService } from './index.ts'

it('a service whose secret is rotated reads the new one, and the far side refuses the old one', async () => {
  const first = newPassword()
  const accepted = new Set([first])
  const { run, secret, current } = await openRotatedService({
    kind: {
      storeName: () => 'TEXT_SHOP',
      rotationOf: ({ name }, parts) =>
        createFarSideRotation({
          ...{ ...parts, kind: 'text', name, service: 'shop' },
          farSide: {
            ...{ name: 'the book', noun: 'text', slots: 'two-secrets' },
            plan: () => Promise.resolve({ generate: '', admit: '', revoke: '' }),
            add: ({ pending }) => Promise.resolve(void accepted.add(pending.value.expose())),
            accepts: (value) => Promise.resolve(accepted.has(value.expose())),
            remove: (value) => Promise.resolve(void accepted.delete(value.expose())),
            withdraw: ({ pending }) =>
              Promise.resolve(void accepted.delete(pending.value.expose())),
          },
        }),
    },
    spec: createPasswordSpec('text'),
    ...{ entry: {}, value: first },
  })
  const follow = async () => {
    for await (const { current } of secret.changes(new AbortController().signal)) {
      secret.usage.hold('test', [current.version])
    }
  }
  secret.usage.hold('test', [secret.current.version])
  void follow()
  await run()
  expect([...accepted]).toEqual([await current()])
  expect(secret.current.value.expose()).toBe(await current())
  expect(await current()).not.toBe(first)
})
