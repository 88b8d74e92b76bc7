// @lane servers
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const bench = (...args: readonly string[]) =>
  run('npm', ['run', '--silent', 'bench', '--', ...args], { cwd: ROOT })

it('npm run bench builds what it measures and measures all of it, in a moment with --quick', async () => {
  const refused = await bench('nonesuch').catch((error: unknown) => error as { stderr: string })
  const names = /there are: (.*)/.exec(refused.stderr)?.[1]?.split(', ')
  expect(names).toContain('lint-speed')
  const { stdout } = await bench('--quick')
  const titles = stdout.split('\n').filter((line) => /^\S/.test(line))
  expect(titles).toHaveLength(names?.length ?? NaN)
}, 600_000)
