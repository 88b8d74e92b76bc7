import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { writeReports } from './write-reports.ts'

// main.ts [--check]: writes the API of the built packages into etc, or compares it with what is there.
const ROOT = join(import.meta.dirname, '../../../..')
const FOLDER = 'etc'
const LINES = 40

if (process.argv.includes('--check')) {
  const current = await mkdtemp(join(tmpdir(), 'rekey-api-'))
  try {
    await writeReports(ROOT, current)
    const args = ['diff', '--no-index', '--no-color', '--unified=1', FOLDER, current]
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' })
    if (status !== 0) {
      const lines = (stdout + stderr).trimEnd().split('\n')
      const rest = lines.length > LINES ? [`… and ${String(lines.length - LINES)} lines`] : []
      const advice = `The API is not the one in ${FOLDER}: run npm run api, and review the difference.`
      process.stderr.write(`${[...lines.slice(0, LINES), ...rest, advice].join('\n')}\n`)
      process.exitCode = 1
    }
  } finally {
    await rm(current, { recursive: true })
  }
} else {
  await rm(join(ROOT, FOLDER), { recursive: true, force: true })
  await writeReports(ROOT, join(ROOT, FOLDER))
}
