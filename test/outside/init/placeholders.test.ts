import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runProgram } from '@rekey/rekey/internal/run-program'
import { findForTest } from '@rekey/testbed'
import { expect, it } from 'vitest'
import { newRepository } from './repository.ts'

const gitleaks = await findForTest('gitleaks')

it.runIf(gitleaks.found)(
  'has gitleaks pass placeholders of documentation, and report what looks like a value beside them',
  async () => {
    // Of letters that make up none of the words for which gitleaks passes a value.
    const letters = '0123456789bcdgjkqrz'
    const value = Array.from({ length: 40 }, () => letters[randomInt(letters.length)]).join('')
    const placeholders = [
      'abc123def456',
      'YOUR_API_KEY',
      'insert-your-token',
      'WRITE_API_KEYS=true',
    ]
    const lines = [...placeholders, value].flatMap((text) => [
      `[badge]: https://ci.test/a.svg?token=${text}`,
      `curl -H 'Authorization: Bearer ${text}' https://shop.test/`,
    ])
    const cwd = await newRepository({ 'README.md': `${lines.join('\n')}\n` })
    await runProgram(['init', '--write'], { cwd })
    const report = join(cwd, 'report.json')
    const args = ['--config', '.gitleaks.toml', '--report-path', report, '--exit-code', '0']
    await promisify(execFile)(gitleaks.path, ['dir', 'README.md', '--redact', ...args], { cwd })
    const found = JSON.parse(await readFile(report, 'utf8')) as readonly { StartLine: number }[]
    const last = [lines.length - 1, lines.length]
    expect(new Set(found.map(({ StartLine }) => StartLine))).toEqual(new Set(last))
  },
)
