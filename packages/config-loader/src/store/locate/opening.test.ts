import { DisposalStack } from '@rekey/secret'
import { expect, test } from 'vitest'
import { Opening } from './opening.ts'

test('a source whose dispose throws leaves no other open', async () => {
  const closed: string[] = []
  const stack = new DisposalStack()
  const opening = new Opening({ env: {} }, stack)
  for (const name of ['first', 'second', 'third']) {
    const dispose = () => {
      closed.push(name)
      return name === 'second' ? Promise.reject(new Error('no')) : Promise.resolve()
    }
    opening.own({ [Symbol.asyncDispose]: dispose }, name)
  }
  await expect(stack.dispose()).rejects.toMatchObject({
    failures: [{ resource: 'second', reason: 'failed' }],
  })
  expect(closed).toEqual(['third', 'second', 'first'])
})
