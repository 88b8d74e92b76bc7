import { Bench } from 'tinybench'
import { type BenchTable, effort, rowsOf } from './bench-table.ts'
import {
  badVariables,
  type LoadContender,
  loadContenders,
  type LoadPlan,
  validVariables,
  type Variables,
} from './load-contenders.ts'

const ROUND_MS = effort(1_000, 10)

/** Fifty settings of five types: through `loadService` with everything around it, and through others. */
export async function benchLoadSettings(): Promise<BenchTable> {
  return {
    title: 'Loads of 50 settings a second',
    rows: await measure({ settings: names('SETTING', 50), secrets: [] }),
    aim: 'loadService at least 0.8 of zod (1.25 times its time)',
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
  for (const contender of contenders) {
    await contender.load(env)
    for (const bad of badEnvs) await mustRefuse(contender, bad)
    bench.add(contender.name, async () => {
      await contender.load(env)
    })
  }
  await bench.run()
  return rowsOf(bench)
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}_${n}`)
}

/** Who validates nothing is fast. */
async function mustRefuse(contender: LoadContender, env: Variables): Promise<void> {
  try {
    await contender.load(env)
  } catch {
    return
  }
  throw new Error(`${contender.name} takes a value that breaks its rule`)
}
