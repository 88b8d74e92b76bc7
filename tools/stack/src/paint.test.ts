import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runCompiled } from '@rekey/testbed'
import { expect, it } from 'vitest'

const PAINTED = fileURLToPath(new URL('../test/painted.child.ts', import.meta.url))

/** The output of a process that paints a word for its standard output, which is no terminal. */
function painted(env: Readonly<Record<string, string>>): string {
  const own = { PATH: process.env['PATH'], ...env }
  return execFileSync(process.execPath, runCompiled(PAINTED), { env: own, encoding: 'utf8' })
}

it('no colour goes where there is no terminal, unless it is forced', () => {
  expect(painted({})).toBe('done')
  expect(painted({ NO_COLOR: '1' })).toBe('done')
  expect(painted({ FORCE_COLOR: '1' })).toBe('\u001b[32mdone\u001b[39m')
})
