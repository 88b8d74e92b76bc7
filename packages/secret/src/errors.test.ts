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
