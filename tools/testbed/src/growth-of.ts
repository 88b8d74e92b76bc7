import process from 'node:process'

/** The growth per doubling of the input up to which a run counts as linear. */
export const LINEAR = 2.3

/** 64 KiB to 1 MiB. */
const SIZES = [16, 32, 64, 128, 256].map((quarters) => quarters * 4_096)

const SAMPLES = 5

const ATTEMPTS = 3

/** A sample repeats its run until it has taken this long, so that short runs are measured as well as long ones. */
const SAMPLE_MS = 5

/** A time below this on the largest input counts as linear. */
const FLOOR_MS = 0.5

/** Where one run takes longer than this, larger inputs are left out. */
const LIMIT_MS = 100

/** Makes the input of one size, and returns the run to measure on it. */
export type GrowingRun = (size: number) => () => unknown

/**
 * Measures by which factor the CPU time of a run grows when its input doubles: about 2 for a linear run, 4 for a quadratic
 * one. Each time is the least of several samples of the CPU time of this process, which other processes do not lengthen;
 * the result is the median over the doublings, and the least of three attempts where one gave more than a linear run has.
 *
 * @param sizes ascending, each twice the one before
 * @throws {Error} if the smallest input alone takes longer than 100 ms
 * @example
 * expect(await growthOf((size) => { const text = 'a'.repeat(size); return () => parse(text) })).toBeLessThan(LINEAR)
 */
export async function growthOf(run: GrowingRun, sizes: readonly number[] = SIZES): Promise<number> {
  // Code that is not compiled yet takes several times as long, and is compiled in the middle of the first sizes.
  for (const size of sizes.slice(0, 2)) await leastTime(run(size))
  let least = Infinity
  for (let attempt = 0; attempt < ATTEMPTS && least > LINEAR; attempt += 1) {
    least = Math.min(least, await medianGrowth(run, sizes))
  }
  return least
}

async function medianGrowth(run: GrowingRun, sizes: readonly number[]): Promise<number> {
  const times: number[] = []
  for (const size of sizes) {
    const timeMs = await leastTime(run(size))
    times.push(timeMs)
    if (timeMs > LIMIT_MS) break
  }
  const last = times.at(-1) ?? 0
  if (times.length < 2) throw new Error(`the smallest input alone takes ${Math.round(last)} ms`)
  if (last < FLOOR_MS) return 2
  return median(times.slice(1).map((time, i) => time / (times[i] ?? NaN)))
}

async function leastTime(run: () => unknown): Promise<number> {
  let runs = 1
  let least = await timeOf(run, runs)
  while (least * runs < SAMPLE_MS) {
    runs *= 2
    least = await timeOf(run, runs)
  }
  for (let i = 1; i < SAMPLES && (i === 1 || least < LIMIT_MS); i += 1) {
    least = Math.min(least, await timeOf(run, runs))
  }
  return least
}

async function timeOf(run: () => unknown, runs: number): Promise<number> {
  const start = process.cpuUsage()
  for (let i = 0; i < runs; i += 1) await run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000 / runs
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? NaN, sorted[Math.floor(middle)] ?? NaN]
  return (low + high) / 2
}
