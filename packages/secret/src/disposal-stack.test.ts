import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { createFakeClock, DisposalStack, openTogether, SecretError } from './index.ts'

function disposable(closed: string[], name: string, fail?: () => unknown) {
  return {
    async [Symbol.asyncDispose]() {
      await Promise.resolve()
      closed.push(name)
      await fail?.()
    },
  }
}

const never = () => new Promise(() => undefined)

test('a resource whose dispose throws leaves no other open', async () => {
  const closed: string[] = []
  const stack = new DisposalStack()
  const refuse = () => Promise.reject(new SecretError('forbidden', 'no'))
  stack.use(disposable(closed, 'first'), 'first')
  stack.use(disposable(closed, 'second', refuse), 'second')
  stack.defer(() => {
    throw Object.assign(new Error('at once'), { code: 'ECONNRESET' })
  }, 'third')
  stack.use(disposable(closed, 'fourth'), 'fourth')

  await expect(stack.dispose()).rejects.toMatchObject({
    code: 'dispose-failed',
    failures: [
      { resource: 'third', reason: 'ECONNRESET' },
      { resource: 'second', reason: 'forbidden' },
    ],
  })
  expect(closed).toEqual(['fourth', 'second', 'first'])
})

test('a resource whose dispose does not end leaves no other open after its deadline', async () => {
  const closed: string[] = []
  const clock = createFakeClock()
  const stack = new DisposalStack({ clock, limitMs: 1_000 })
  stack.use(disposable(closed, 'first'), 'first')
  stack.use(disposable(closed, 'second', never), 'second')
  stack.use(disposable(closed, 'third', never), 'third')
  const done = stack.dispose()
  const failed = expect(done).rejects.toMatchObject({
    failures: [
      { resource: 'third', reason: 'timeout' },
      { resource: 'second', reason: 'timeout' },
    ],
  })

  await clock.advance(999)
  expect(closed).toEqual(['third'])
  await clock.advance(1)
  await clock.advance(1_000)

  await failed
  expect(closed).toEqual(['third', 'second', 'first'])
})

test('disposes once, however often and by whomever it is asked', async () => {
  const closed: string[] = []
  const stack = new DisposalStack()
  stack.use(disposable(closed, 'one'), 'one')
  await Promise.all([stack.dispose(), stack[Symbol.asyncDispose]()])
  await stack.dispose()
  expect(closed).toEqual(['one'])
  expect(() => stack.use(disposable(closed, 'late'), 'late')).toThrow(ReferenceError)
})

test('the error names resources and codes, of inner stacks too, and holds no value', async () => {
  const canary = `value-${String(Math.random())}`
  const inner = new DisposalStack()
  inner.defer(() => Promise.reject(Object.assign(new Error(canary), { code: canary })), 'session')
  const stack = new DisposalStack()
  stack.use(inner, 'store')
  const error: unknown = await stack.dispose().catch((reason: unknown) => reason)
  expect(error).toMatchObject({ failures: [{ resource: 'store: session', reason: 'failed' }] })
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(canary)
})

test('what was opened is closed again if the next cannot be opened, whose error goes on', async () => {
  const closed: string[] = []
  const refuse = () => Promise.reject(new Error('cannot close'))
  const opening = openTogether((stack) => {
    stack.use(disposable(closed, 'first'), 'first')
    stack.use(disposable(closed, 'second', refuse), 'second')
    return Promise.reject(new Error('cannot open'))
  })
  await expect(opening).rejects.toThrow('cannot open')
  expect(closed).toEqual(['second', 'first'])
})

test('what was opened together stays open until it is disposed', async () => {
  const closed: string[] = []
  const stack = await openTogether((own) => {
    own.use(disposable(closed, 'first'), 'first')
    return Promise.resolve(own)
  })
  expect(closed).toEqual([])
  await stack.dispose()
  expect(closed).toEqual(['first'])
})

test('the message names each resource that was not closed, and one that comes too late', async () => {
  const stack = new DisposalStack()
  const codes: unknown[] = ['EIO', '2 words', 'E'.repeat(41), 'E', 7]
  for (const [n, code] of codes.entries())
    stack.defer(() => Promise.reject(Object.assign(new Error('failed'), { code })), `r${n}`)
  // An error is an `Error`: of what else is thrown, nothing is shown.
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the case under test
  stack.defer(() => Promise.reject({ code: 'EIO' }), 'r5')
  await expect(stack.dispose()).rejects.toMatchObject({
    name: 'DisposalError',
    message:
      'not closed: r5 (failed), r4 (failed), r3 (failed), r2 (failed), r1 (failed), r0 (EIO). Everything else is closed; these end with the process.',
  })
  expect(() => {
    stack.defer(() => undefined, 'listener')
  }).toThrow('listener comes too late: the stack is disposed')
})
