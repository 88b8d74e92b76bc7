// @lane servers
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isExhaustive } from '@rekey/testbed'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const bench = (...args: readonly string[]) =>
  run('npm', ['run', '--silent', 'bench', '--', ...args], { cwd: ROOT })

/** They build or wait for more than the others: where tests are exhaustive. */
const LONG = [
  'clients',
  'rotating-pool',
  'due-at-once',
  'fleet-acknowledgement',
  'service-imports',
  'refresh-cost',
  'open-ca',
  'lint-speed',
  'gate-speed',
]

it('npm run bench builds what it measures and measures all that it is asked for, in a moment with --quick', async () => {
  const refused = await bench('nonesuch').catch((error: unknown) => error as { stderr: string })
  const names = /there are: (.*)/.exec(refused.stderr)?.[1]?.split(', ') ?? []
  expect(names).toEqual(expect.arrayContaining(LONG))
  const asked = isExhaustive ? [] : names.filter((name) => !LONG.includes(name))
  const { stdout } = await bench('--quick', ...asked)
  const titles = stdout.split('\n').filter((line) => /^\S/.test(line))
  expect(titles).toHaveLength(isExhaustive ? names.length : asked.length)
}, 600_000)
