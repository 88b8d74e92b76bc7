import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { LISTS, readApplications } from './applications.ts'
import { VERDICTS } from './gate-findings.ts'
import { leftOn } from './record.ts'
import { PAGE, readRecord, tablesOf, withTables } from './table.ts'

const lists = Object.keys(LISTS) as (keyof typeof LISTS)[]
const names = lists.flatMap((list) => readApplications(list).map(({ name }) => name))

// `npm run foreign-init -- --record` writes it anew.
it('the page about rekey init has the table of the record', () => {
  const page = readFileSync(PAGE, 'utf8')
  expect(withTables(page, tablesOf(readRecord()))).toBe(page)
})

it('a page that has lost its marks is refused', () => {
  expect(() => withTables('# A page', '')).toThrow('docs/guide/init.md has lost its marks')
})

it('each application has a name of its own, and each record is of one', () => {
  expect(new Set(names).size).toBe(names.length)
  expect(names).toEqual(expect.arrayContaining(Object.keys(readRecord())))
})

/** Applications on which something is left: gitleaks takes minified code of unleash-server for a key. */
const LEFT = new Map([['unleash-server', 2]])

it('at least 20 applications of 5 frameworks are adopted, with nothing left to do but what is named', () => {
  const records = Object.entries(readRecord())
  expect(records.length - LEFT.size).toBeGreaterThanOrEqual(20)
  expect(new Set(records.map(([, { framework }]) => framework)).size).toBeGreaterThanOrEqual(5)
  const left = records.map(([name, record]) => [name, leftOn(record)] as const)
  expect(left.filter(([name, { length }]) => length !== (LEFT.get(name) ?? 0))).toEqual([])
})

it('the eight that were chosen before are among them', () => {
  const heldOut = readApplications('heldOut').map(({ name }) => name)
  expect(heldOut).toHaveLength(8)
  expect(Object.keys(readRecord())).toEqual(expect.arrayContaining(heldOut))
})

it('each application is of one exact version', () => {
  const origins = lists.flatMap((list) => readApplications(list).map(({ from }) => from))
  const named = origins.map((from) => ('package' in from ? from.package : from.generator.join(' ')))
  expect(named.filter((origin) => !/@\d+\.\d+\.\d+(?: |$)/.test(origin))).toEqual([])
})

it('each verdict on a finding of the gate has a reason', () => {
  const reasons = Object.values(VERDICTS).map(({ reason }) => reason)
  expect(reasons.filter((reason) => reason.length < 10)).toEqual([])
})
