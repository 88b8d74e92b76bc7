import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { writeEvents } from '../host/run-service.ts'
import { type LoaderEvent, reportSource } from './loader-event.ts'

it('reports the known fields of an event of a source, and no other field', () => {
  const events: LoaderEvent[] = []
  const emit = reportSource('vault:secret/app', (event) => events.push(event))
  const error = new SecretError('rejected', 'it was used before: look who has it')
  const alarm = { type: 'security-alarm', level: 'security', path: 'auth/approle', error }
  emit({ ...alarm, token: 'hvs.not-for-you' } as typeof alarm)
  emit({ type: 'logged-in' })
  expect(events).toEqual([
    {
      ...{ type: 'source-event', source: 'vault:secret/app', event: 'security-alarm' },
      ...{ level: 'security', path: 'auth/approle', code: error.code, message: error.message },
    },
    { type: 'source-event', source: 'vault:secret/app', event: 'logged-in', level: 'info' },
  ])
  const lines: string[] = []
  for (const event of events) writeEvents({ write: (line) => lines.push(line) })(event)
  expect(lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([60, 30])
})
