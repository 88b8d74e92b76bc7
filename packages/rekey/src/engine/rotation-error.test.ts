import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import type { EmergencyClaim } from '../journal/emergency-claim.ts'
import { NAME } from '../../test/engine/far-side.support.ts'
import {
  busy,
  busyWithEmergency,
  fenced,
  heldAt,
  openFor,
  type RotationError,
  toRotationError,
} from './rotation-error.ts'

const HELD = { at: 'after-promote', since: 0, version: 'v2' } as const
const ORDERS = 'rekey rotate NAME --go v2 lets it go on, rekey rollback NAME rolls it back'

it.each<[string, RotationError, string]>([
  [
    'wait for the holder, where nobody knows when its lease ends',
    busy(NAME, 'host:1'),
    'host:1 is rotating NAME: wait until it has finished or its lease ends',
  ],
  [
    'wait for the holder, at most as long as its lease runs',
    busy(NAME, 'host:1', 4_200),
    'wait until it has finished or its lease ends (in 5 s unless it renews it)',
  ],
  [
    'wait for another emergency',
    busyWithEmergency(NAME, 'host:1', 1_000),
    'without grace by host:1 already: wait until it has finished or its lease ends (in 1 s unless it renews it)',
  ],
  [
    'finish a rotation that has no key',
    openFor(NAME, undefined),
    'requested without a key: finish it with the same key or with none, or roll it back',
  ],
  [
    'finish a rotation that has a key',
    openFor(NAME, 'november'),
    'requested as november: finish it with the same key or with none, or roll it back',
  ],
  [
    'let a rotation go on that is held without end',
    heldAt(NAME, HELD, undefined),
    `NAME is held after promote since 1970-01-01T00:00:00.000Z: ${ORDERS}`,
  ],
  [
    'let a rotation go on before its hold ends',
    heldAt(NAME, HELD, 60_000),
    `since 1970-01-01T00:00:00.000Z, at most until 1970-01-01T00:01:00.000Z: ${ORDERS}`,
  ],
])('an error says what to do: %s', (_name, error, message) => {
  expect(error.name).toBe('RotationError')
  expect(`${error.message}.`).toContain(`${message}.`)
})

it('a hold without end has none in its details', () => {
  expect(heldAt(NAME, HELD, undefined).details).toStrictEqual(HELD)
  expect(heldAt(NAME, HELD, 60_000).details).toStrictEqual({ ...HELD, until: 60_000 })
})

it.each<[string, EmergencyClaim | undefined, object, string]>([
  ['of a later emergency', { holder: 'urgent', epoch: 3 }, { emergency: 'urgent' }, 'has leaked'],
  ['of no emergency', undefined, {}, 'check its status, then run again'],
  [
    'since the emergency that it was itself',
    { holder: 'urgent', epoch: 2 },
    {},
    'check its status, then run again',
  ],
  [
    'since an emergency that was over',
    { holder: 'urgent', epoch: 1 },
    {},
    'check its status, then run again',
  ],
])(
  'a rotator that was taken over learns whether that was because %s',
  (_name, emergency, details, message) => {
    expect(fenced(NAME, 2, emergency)).toMatchObject({
      ...{ code: 'fenced', details },
      message: expect.stringContaining(message) as string,
    })
  },
)

it.each([
  ['stuck', { absent: 'http://10.0.0.1:9090' }],
  ['stopped', {}],
])('a rotation is %s where the details of a failure are %j', (code, details) => {
  const error = new SecretError('unreachable', 'no answer', details)
  expect(toRotationError(error, NAME, 'admit')).toMatchObject({
    ...{ code, reason: 'unreachable', step: 'admit', details },
    message: 'NAME stopped at admit: no answer',
  })
})
