import { createRecordMarks } from '@rekey/ca-keystore'
import { readIssuances } from '@rekey/ca-keystore/internal'
import { SecretError } from '@rekey/secret'
import { expect, it, onTestFinished } from 'vitest'
import { EVIDENCE, identityOf, openCa } from '../test/signing.support.ts'
import { submitLeft } from './submit-left.ts'

it('K24 submits what was signed and is not on record, once the log can be reached, and nothing twice', async () => {
  const { ca, directory, close } = await openCa()
  onTestFinished(close)
  await identityOf(ca, 'frontend')
  await identityOf(ca, 'signing')
  const submitted: string[] = []
  let isUp = false
  const record = (certificate: string) => {
    submitted.push(certificate)
    if (isUp) return Promise.resolve({ ...EVIDENCE, index: submitted.length })
    return Promise.reject(new SecretError('unreachable', 'the log is down'))
  }
  await using marks = createRecordMarks(directory)
  const events: unknown[] = []
  const log = (event: unknown) => void events.push(event)
  const round = async () => {
    const stop = new AbortController()
    const submitting = submitLeft(
      { directory, record, marks, logger: { info: log, error: log } },
      stop.signal,
    )
    await expect.poll(() => events.length).toBeGreaterThan(0)
    await expect
      .poll(async () => {
        const before = submitted.length
        await new Promise((resolve) => setTimeout(resolve, 50))
        return submitted.length - before
      })
      .toBe(0)
    stop.abort()
    await submitting
    return events.splice(0)
  }
  expect(await round()).toMatchObject([{ event: 'not-on-record', code: 'unreachable' }])
  isUp = true
  submitted.length = 0
  expect(await round()).toMatchObject([{ event: 'recorded-later' }, { event: 'recorded-later' }])
  const states = (await readIssuances(directory)).map(({ state, index }) => [state, index])
  expect(states.toSorted()).toEqual([
    ['recorded', 1],
    ['recorded', 2],
  ])
  expect(new Set(submitted).size).toBe(2)
})
