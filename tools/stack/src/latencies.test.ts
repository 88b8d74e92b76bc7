import { expect, it } from 'vitest'
import { drawTimeline, Latencies } from './latencies.ts'

it('reports percentiles by the nearest rank, over the run and over each of its parts', () => {
  const latencies = new Latencies()
  for (let n = 1; n <= 100; n++) latencies.add(n * 1_000, n)
  const { timelineMs, ...all } = latencies.report()
  expect(all).toEqual({ p50Ms: 50, p95Ms: 95, mostMs: 100 })
  expect(timelineMs).toHaveLength(40)
  expect(timelineMs[0]).toBe(3)
  expect(timelineMs.at(-1)).toBe(100)
})

it('leaves a gap where no request ended, and draws the greatest value highest', () => {
  const latencies = new Latencies()
  latencies.add(0, 10)
  latencies.add(40_000, 80)
  const { timelineMs } = latencies.report()
  expect(timelineMs.slice(1, -1).every((value) => value === undefined)).toBe(true)
  expect(drawTimeline(timelineMs)).toBe(`▁${' '.repeat(38)}█`)
})

it('reports nothing as zero', () => {
  expect(new Latencies().report()).toMatchObject({ p50Ms: 0, p95Ms: 0, mostMs: 0 })
})
