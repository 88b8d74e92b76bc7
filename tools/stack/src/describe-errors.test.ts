import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { describeErrors } from './describe-errors.ts'

it('shows the last twenty errors of each service, and nothing of one that has none', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-errors-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const line = (level: number, msg: string) => JSON.stringify({ level, msg })
  const logs: Record<string, string[]> = {
    calm: [line(30, 'incoming request'), ''],
    failing: [
      ...Array.from({ length: 25 }, (_, n) => line(50, `failure ${n}`)),
      line(30, 'request completed'),
      'FATAL ERROR: out of memory',
      '',
    ],
  }
  const services = Object.keys(logs).map((name) => ({ name, logPath: join(directory, name) }))
  for (const { name, logPath } of services) await writeFile(logPath, logs[name]?.join('\n') ?? '')
  const lines = (await describeErrors(services)).split('\n')
  expect(lines).toHaveLength(21)
  expect(lines[0]).toBe('failing logged 26 errors:')
  expect(lines[1]).toContain('failure 6')
  expect(lines.at(-1)).toBe('FATAL ERROR: out of memory')
})
