// @lane servers
import { expect, it, vi } from 'vitest'
import { fuzzLines, type FuzzOptions } from './fuzz-lines.ts'

vi.setConfig({ testTimeout: 240_000 })

const LINES = 500
const FEW = 100
const fuzz = (redact: (line: string) => string) => {
  const open: FuzzOptions['open'] = () => ({ redact, close: () => undefined })
  return fuzzLines({ lines: FEW, seed: 1, open })
}

it('misses no secret in fuzzed lines, masks nothing else, and loses or breaks no line', () => {
  const faults: string[] = []
  const counts = fuzzLines({ lines: LINES, seed: 1, onFault: (fault) => faults.push(fault) })
  expect(faults).toEqual([])
  expect(counts).toMatchObject({ lines: LINES, missed: 0, false: 0, invalid: 0, lost: 0 })
  expect(counts.readable).toBeGreaterThan(LINES / 2)
})

it('counts each secret that can be read where nothing is masked', () => {
  const { readable, missed, ...others } = fuzz((line) => line)
  expect(readable).toBeGreaterThan(FEW / 2)
  expect(missed).toBe(readable)
  expect(others).toMatchObject({ false: 0, invalid: 0, lost: 0 })
})

it('counts each line of which more is masked than its secret', () => {
  const counts = fuzz(() => '{"msg":"x"}\n')
  expect(counts).toMatchObject({ missed: 0, invalid: 0, lost: 0 })
  expect(counts.false).toBeGreaterThan(FEW * 0.9)
})

it('counts each line that is no JSON any more, and each that is missing or withheld', () => {
  expect(fuzz((line) => line.replace(/^\{/, '')).invalid).toBe(FEW)
  expect(fuzz(() => '').lost).toBe(FEW)
  expect(fuzz(() => '[log line withheld: it shows too much]\n').lost).toBe(FEW)
})
