import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findLeaks, openWorkshop } from './gitleaks.ts'

/** The report is the argument after `--report-path`. */
const REPORTING = 'while [ "$1" != --report-path ]; do shift; done; echo "[]" > "$2"'

it.each([
  ['is another program', 'exit 126', 'cannot search the folder (exit code 126)'],
  ['is killed', 'kill -9 $$', 'cannot search the folder (ended by SIGKILL)'],
  ['writes no report', 'exit 0', 'has written no report of the folder'],
  ['does not state what it has read', REPORTING, 'does not state how much of the folder'],
])('gitleaks that %s is named in words of the gate', async (_title, script, words) => {
  await using workshop = await openWorkshop()
  const program = join(workshop.path, 'gitleaks')
  await writeFile(program, `#!/bin/sh\necho its own words >&2\n${script}\n`, { mode: 0o755 })
  const failing = findLeaks({ program, config: 'none.toml' }, 'folder', workshop.path)
  const error: unknown = await failing.catch((reason: unknown) => reason)
  expect(String(error)).toContain(words)
  expect(String(error)).toContain('It must be gitleaks 8.28 or newer')
  expect(String(error)).not.toContain('its own words')
})

it('gitleaks that finds nothing states how much it has read', async () => {
  await using workshop = await openWorkshop()
  const program = join(workshop.path, 'gitleaks')
  const script = `echo "INF scanned ~12 bytes (12 bytes) in 1ms" >&2\n${REPORTING}`
  await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const found = await findLeaks({ program, config: 'none.toml' }, 'folder', workshop.path)
  expect(found).toEqual({ leaks: [], bytes: 12 })
})
