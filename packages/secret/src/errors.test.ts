import { expect, it, vi } from 'vitest'
import { SecretError } from './index.ts'

it('knows an error of another copy of this package, and no other error', async () => {
  vi.resetModules()
  const copy = await import('./index.ts')
  expect(copy.SecretError).not.toBe(SecretError)
  expect(new copy.SecretError('rejected', 'no') instanceof SecretError).toBe(true)
  expect(new SecretError('rejected', 'no') instanceof copy.SecretError).toBe(true)
  for (const other of [new Error('no'), { code: 'rejected' }, 'rejected', undefined, null]) {
    expect(other instanceof SecretError).toBe(false)
  }
})

it('is known by a mark that no copy of this package changes', () => {
  const error = new SecretError('rejected', 'no', { host: 'db' })
  expect(error).toMatchObject({ name: 'SecretError', details: { host: 'db' } })
  expect(Reflect.get(error, Symbol.for('rekey.SecretError'))).toBe(true)
})
