import { Bench } from 'tinybench'
import { type BenchTable, rowsOf } from './bench-table.ts'
import { badVariables, loadContenders, type LoadPlan, validVariables } from './load-contenders.ts'

const ROUND_MS = 1_000

/** Fifty settings of five types: through `loadService` with everything around it, and through others. */
export async function benchLoadSettings(): Promise<BenchTable> {
  return {
    title: 'Loads of 50 settings a second',
    rows: await measure({ settings: names('SETTING', 50), secrets: [] }),
    aim: 'loadService at least 0.67 of zod (1.5 times its time)',
  }
}

/** The same with ten of the fifty as secrets out of environment variables. */
export async function benchLoadSecrets(): Promise<BenchTable> {
  return {
    title: 'Loads of 40 settings and 10 secrets a second',
    rows: await measure({ settings: names('SETTING', 40), secrets: names('SECRET', 10) }),
    note:
      'to the others a secret is a text of at least 32 characters; loadService opens its source, reads all three stages of ' +
      'each, fingerprints them, follows them, reports their health, and closes again',
  }
}

async function measure(plan: LoadPlan) {
  const contenders = loadContenders(plan)
  const env = validVariables(plan)
  const badEnvs = badVariables(plan)
  const bench = new Bench({ time: ROUND_MS })
  for (const { name, load } of contenders) {
    await load(env)
    for (const bad of badEnvs) await mustRefuse(name, () => load(bad))
    bench.add(name, async () => {
      await load(env)
    })
  }
  await bench.run()
  return rowsOf(bench)
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}_${n}`)
}

/** Who validates nothing is fast. */
async function mustRefuse(name: string, load: () => unknown): Promise<void> {
  try {
    await load()
  } catch {
    return
  }
  throw new Error(`${name} takes a value that breaks its rule`)
}
