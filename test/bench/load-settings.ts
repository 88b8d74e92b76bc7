import { defineService, loadService } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/secret-stores'
import { Bench } from 'tinybench'
import { z } from 'zod'
import { type BenchTable, rowsOf } from './bench-table.ts'

const SETTINGS = 50

/** Fifty settings of five types: through bare zod, and through `loadService` with everything around it. */
export async function benchLoadSettings(): Promise<BenchTable> {
  const types = [z.string(), z.coerce.number().int(), z.url(), z.enum(['a', 'b']), z.stringbool()]
  const texts = ['text', '8080', 'https://example.org/path', 'a', 'true']
  const names = Array.from({ length: SETTINGS }, (_, n) => `SETTING_${n}`)
  const pick = <T>(from: readonly T[]) =>
    Object.fromEntries(names.map((name, n) => [name, from[n % from.length] as T]))
  const settings = z.object(pick<z.ZodType>(types))
  const env = { REKEY_ENVIRONMENT: 'development', ...pick(texts) }
  const definition = defineService({ name: 'bench', settings, secrets: {} })
  const source = createMemoryStore()

  const bench = new Bench({ time: 1_000 })
  bench.add('zod', () => {
    settings.parse(env)
  })
  // Without secrets there is nothing to close.
  bench.add('loadService', async () => {
    await loadService(definition, { env, source })
  })
  await bench.run()
  return {
    title: `Load and validate ${SETTINGS} settings`,
    rows: rowsOf(bench),
    aim: 'loadService at least 0.67 of zod (1.5 times its time)',
  }
}
