// @lane servers
import { openStack, runDemo } from '@rekey/stack'
import { expect, it } from 'vitest'

it('a run in which no request is answered fails, and prints who waits for what', async () => {
  await using stack = await openStack({ validationMs: 1_000 })
  const service = stack.services.find(({ name }) => name === 'certtransparency')
  const failures: [error: unknown, waits: string | undefined][] = []
  let steps = 0
  const run = runDemo(stack, {
    ...{ rounds: 3, people: 4, validationMs: 1_000, stallMs: 5_000 },
    signal: new AbortController().signal,
    onEvent: () => {
      steps += 1
      if (steps === 1) service?.process.kill('SIGSTOP')
    },
    onFailure: (error, waits) => {
      failures.push([error, waits])
      service?.process.kill('SIGCONT')
    },
  })
  await expect(run).rejects.toMatchObject({
    name: 'StallError',
    message: expect.stringMatching(/^no request was answered for 5 s, after \d+$/) as string,
  })
  expect(failures).toHaveLength(1)
  const waits = failures[0]?.[1] ?? ''
  expect(waits).toMatch(/^load and rotator wait for:\n {2}a profile \(for \d+\.\d s of 60\.0 s\)/)
  expect(waits).toMatch(
    /certtransparency \(process \d+\) wait for:\n {2}unknown: timed out after 2 s waiting for the report of .*; its main thread is in state T/,
  )
  expect(waits).toContain('the sessions of database frontend wait for:')
}, 120_000)
