// @lane servers
import { isExhaustive } from '@rekey/testbed'
import { expect, it } from 'vitest'
import { leftIn, reportOf, start, until } from './start-stack.ts'

const SLOW_MS = 600_000

const FAULTS = [
  'PostgreSQL is stopped, and every session cut',
  'a replica of certtransparency reports that it accepts a key that it does not have',
  'a replica of certtransparency reports that it left a login that it uses',
  'kill -9 of certtransparency',
  'kill -9 of frontend',
  'kill -9 of signing',
  'kill -9 of the rotator',
]

it(
  'rotates every secret while services, the rotator and PostgreSQL are killed and a replica lies: no request is lost, and no lie is believed',
  async () => {
    const run = await start(['--chaos=2', '--people', '2', '--json'])
    expect(await run.ended(), run.output()).toEqual({ code: 0, signal: null })
    const { losses, load, chaos, rotations, logins } = reportOf(run)
    expect(losses).toEqual([])
    expect(load).toMatchObject({ failures: 0, failuresByReason: {} })
    expect(chaos?.seed).toBe(2)
    expect(chaos?.faults.map(({ fault }) => fault).toSorted()).toEqual(FAULTS)
    expect(chaos?.faults.filter(({ isBelieved }) => isBelieved === true)).toEqual([])
    expect(Object.values(rotations)).toEqual(Array(11).fill(1))
    expect(Object.values(logins).map(({ length }) => length)).toEqual([1, 1])
    for (const { fault, outcome } of chaos?.faults ?? []) {
      expect(run.output()).toContain(`: ${fault}, in the rotation of `)
      expect(run.output()).toContain(`  → ${outcome}`)
    }
    expect(await leftIn(run.directory)).toEqual([])
  },
  SLOW_MS,
)

/** Each of them comes first with its seed. All are tried where tests are exhaustive. */
const STOPPED_AT: readonly (readonly [string, number])[] = [
  ['PostgreSQL is stopped', 3],
  ['kill -9 of frontend', 13],
  ['reports that it accepts a key', 2],
]

it.each(isExhaustive ? STOPPED_AT : STOPPED_AT.slice(0, 1))(
  'cleans up and exits with 130 on Ctrl-C in the middle of: %s',
  async (fault, seed) => {
    const run = await start([`--chaos=${seed}`, '--people', '1'])
    await until(run, fault)
    run.child.kill('SIGINT')
    expect(await run.ended(), run.output()).toEqual({ code: 130, signal: null })
    expect(run.output()).toContain('stopped')
    expect(await leftIn(run.directory)).toEqual([])
  },
  SLOW_MS,
)
