import { expect, it } from 'vitest'
import { Secret, type SecretStore } from '../index.ts'
import { readAdministrator } from './internal.ts'

const password = Secret.of('a text', 'REDIS_ADMIN')
const read = (name: string) =>
  Promise.resolve({ current: { value: name === 'REDIS_ADMIN' ? password : undefined } })
const store = { read } as unknown as SecretStore
const declared = { user: 'admin', passwordName: 'REDIS_ADMIN' }

it('reads the password of an administrator each time that it is needed', async () => {
  expect(await readAdministrator(declared, 'shop', store)()).toEqual({ user: 'admin', password })
})

it('refuses an administrator that would change its own password', () => {
  expect(() => readAdministrator(declared, 'admin', store)).toThrow(
    expect.objectContaining({
      code: 'refused',
      message: 'admin would change its own password: name another administrator',
    }),
  )
})
