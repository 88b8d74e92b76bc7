import type { AuditEvent } from '@rekey/audit-log/internal'
import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { heldAt, postponed } from '../engine/rotation-error.ts'
import { recorded } from './recorded-command.ts'

const HOLD = { at: 'after-promote', since: 0, version: 'v2' } as const

it.each<[string, Error, readonly string[]]>([
  ['fails', new SecretError('unreachable', 'no answer'), ['succeeded', 'failed']],
  ['is refused', new SecretError('refused', 'not here'), ['succeeded', 'refused']],
  ['is postponed', postponed('A', 'confirm', { until: 0, why: 'it is early' }), ['succeeded']],
  ['is held', heldAt('A', HOLD, undefined), ['succeeded']],
])('the outcomes in the audit log of a command that %s', async (_, error, outcomes) => {
  const events: AuditEvent[] = []
  const audit = { record: (event: AuditEvent) => Promise.resolve(void events.push(event)) }
  const work = recorded({ audit }, { command: 'rotate' }, () => Promise.reject(error))
  await expect(work).rejects.toBe(error)
  expect(events.map(({ outcome }) => outcome)).toEqual(outcomes)
})
