import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Input } from '../../test/guard/guarded-process.child.ts'

const CHILD = fileURLToPath(new URL('../../test/guard/guarded-process.child.ts', import.meta.url))

it('guards the output of a whole process, and restores it at the end', async () => {
  const secret = randomBytes(24).toString('base64url').replace(/(..)./g, '$17')
  const bytes = randomBytes(1_000_000)
  const input: Input = { text: secret, bytes: bytes.toString('base64') }
  const child = spawn(process.execPath, ['--conditions=@rekey/source', '--import=tsx', CHILD])
  child.stdin.end(JSON.stringify(input))
  // Its output is read once it has found the pipe full.
  const reports = createInterface(child.stderr)[Symbol.asyncIterator]()
  expect((await reports.next()).value).toBe('full')
  expect((await buffer(child.stdout)).equals(bytes)).toBe(true)
  const lines: string[] = []
  for await (const line of reports) lines.push(line)
  const [masked, shown, shared, facts = ''] = lines
  expect(masked).toBe('[secret API_KEY]')
  expect(shown).toBe(`on purpose:${secret}`)
  expect(shared).toBe('still [secret API_KEY]')
  expect(JSON.parse(facts)).toEqual({
    called: 10,
    refused: expect.any(Number) as number,
    written: secret.length + 1,
    restored: true,
  })
})
