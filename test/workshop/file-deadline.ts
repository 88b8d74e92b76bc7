// A setup file of vitest. Hooks and tests have timeouts; what a file awaits outside of them has this one.
import { writeSync } from 'node:fs'
import { afterAll, expect } from 'vitest'

/** The slowest file of the servers lane takes eight minutes on a busy machine. */
const DEADLINE_MS = Number(process.env['REKEY_FILE_DEADLINE_MS'] ?? 20 * 60_000)

const { testPath = '' } = expect.getState()
const deadline = setTimeout(() => {
  const open = process.getActiveResourcesInfo().join(', ')
  writeSync(2, `${testPath} did not end within ${DEADLINE_MS} ms and is killed. Open: ${open}\n`)
  process.kill(process.pid, 'SIGKILL')
}, DEADLINE_MS).unref()
// The next file may run in this process.
afterAll(() => {
  clearTimeout(deadline)
})
