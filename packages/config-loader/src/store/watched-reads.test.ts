import { createFakeClock, Secret, SecretError, type StagedSecret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { createWatchedReads, type Wakeup } from './watched-reads.ts'

const staged = (revision: string): StagedSecret => ({
  name: 'KEY',
  revision,
  current: {
    ...{ name: 'KEY', version: revision, stage: 'current', sensitive: [] },
    value: Secret.of(revision, 'KEY'),
  },
})

it.each(['unreachable', 'forbidden', 'missing'] as const)(
  'a change that is %s when it is read is read again, after one event and without another',
  async (code) => {
    const clock = createFakeClock()
    const stop = new AbortController()
    const wakeups: Wakeup[] = []
    const answers: (StagedSecret | SecretError)[] = [staged('1')]
    const reads = createWatchedReads({
      clock,
      load: () => {
        const answer = answers.shift() ?? staged('2')
        return answer instanceof SecretError ? Promise.reject(answer) : Promise.resolve(answer)
      },
      wakeUp: (wakeup) => void wakeups.push(wakeup),
    })
    await reads.read('KEY')
    const changes = reads.watch('KEY', stop.signal)[Symbol.asyncIterator]()
    const next = changes.next()
    const failure = new SecretError(code, 'not now')
    answers.push(staged('1'), ...Array.from({ length: 8 }, () => failure))
    wakeups[0]?.notify()
    for (let minute = 0; minute < 8; minute += 1) await clock.advance(60_000)
    expect((await next).value).toMatchObject({ revision: '2' })
    stop.abort()
  },
)
