import { expect, it } from 'vitest'
import { writeEvents } from './internal.ts'

it('writes one line of JSON for each event, with the levels of a logger', () => {
  const lines: string[] = []
  const emit = writeEvents({ write: (line) => lines.push(line) })
  emit({ type: 'changed', secret: 'NAME', version: 'v2' })
  emit({ type: 'vetoed', secret: 'NAME', version: 'v3', code: 'malformed', message: 'a\nb' })
  expect(lines.map((line) => line.split('\n').length)).toEqual([2, 2])
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { level: 30, msg: 'secrets', type: 'changed', version: 'v2' },
    { level: 40, msg: 'secrets', type: 'vetoed', code: 'malformed', message: 'a\nb' },
  ])
})
