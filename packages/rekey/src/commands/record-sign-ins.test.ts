import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignedLog } from '@rekey/audit-log'
import { createFakeClock } from '@rekey/secret'
import { expect, it, onTestFinished } from 'vitest'
import { recordSignIns } from './record-sign-ins.ts'
import { runProgram } from '../../test/commands/run-program.support.ts'

const MINUTE_MS = 60_000
const ALICE = {
  issuer: 'https://id.example',
  subject: '7',
  name: 'alice',
  role: 'operator',
} as const

async function openLog() {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-sign-ins-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const clock = createFakeClock()
  const log = createSignedLog({ directory, person: 'unix:1000:host', clock })
  const query = async () => {
    const { lines } = await runProgram([
      'audit',
      'query',
      directory,
      '--action',
      'console.',
      '--json',
    ])
    return lines().map(({ action, person, outcome, details }) => ({
      action,
      person,
      outcome,
      details,
    }))
  }
  return { record: recordSignIns(log, clock), clock, query }
}

it('an entry names the person whom the identity provider has proved, and never the one who runs the console', async () => {
  const { record, query } = await openLog()
  await record({ action: 'sign-in', operator: ALICE })
  const { issuer, subject, name } = ALICE
  await record({ action: 'sign-in', operator: { issuer, subject, name }, refusedFor: 'role' })
  await record({ action: 'sign-in', refusedFor: 'refused' })
  await record({ action: 'sign-out', operator: ALICE })
  const person = 'oidc:https://id.example#7'
  expect(await query()).toEqual([
    { action: 'console.sign-in', person, outcome: 'succeeded', details: { role: 'operator' } },
    { action: 'console.sign-in', person, outcome: 'refused', details: { reason: 'role' } },
    {
      action: 'console.sign-in',
      person: 'unknown',
      outcome: 'refused',
      details: { reason: 'refused' },
    },
    { action: 'console.sign-out', person, outcome: 'succeeded', details: { role: 'operator' } },
  ])
})

it('refusals of unknown people cannot fill the log: ten a minute are entries, and the next one has the number of the rest', async () => {
  const { record, clock, query } = await openLog()
  for (let n = 0; n < 500; n += 1) await record({ action: 'sign-in', refusedFor: 'not-begun' })
  expect(await query()).toHaveLength(10)
  await record({ action: 'sign-in', operator: ALICE })
  expect(await query()).toHaveLength(11)
  await clock.advance(MINUTE_MS)
  await record({ action: 'sign-in', refusedFor: 'not-begun' })
  const reason = 'not-begun'
  expect((await query()).at(-1)).toMatchObject({ details: { reason, unrecorded: 490 } })
})

it('a person without a role cannot fill the log either, and takes no entry from those who have one', async () => {
  const { record, clock, query } = await openLog()
  const { issuer, subject, name } = ALICE
  const refused = {
    action: 'sign-in',
    operator: { issuer, subject, name },
    refusedFor: 'role',
  } as const
  for (let n = 0; n < 100; n += 1) await record(refused)
  for (let n = 0; n < 12; n += 1) await record({ action: 'sign-in', operator: ALICE })
  expect(await query()).toHaveLength(22)
  await clock.advance(MINUTE_MS)
  await record(refused)
  expect((await query()).at(-1)).toMatchObject({ details: { reason: 'role', unrecorded: 90 } })
})
