import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { statusOf } from './answer-order.ts'

it('answers 503 where the disk of the CA is full, since the same order may pass later, and 422 to an order that is refused', () => {
  expect(statusOf(new SecretError('unwritable', 'the disk is full'))).toBe(503)
  expect(statusOf(new SecretError('refused', 'a weak key'))).toBe(422)
})
