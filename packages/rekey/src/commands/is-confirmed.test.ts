import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { StoppedError } from './failure.ts'
import { isConfirmed } from './is-confirmed.ts'

const output = { write: () => true, isTTY: true }

it('a question at a terminal ends with Ctrl-C, and leaves nothing that keeps the process', async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const stop = new AbortController()
  const process = { stdin, stdout: output, stderr: output }
  const asked = isConfirmed('Rotate? ', { process, signal: stop.signal })
  const reason = new StoppedError('stopped by SIGINT')
  stop.abort(reason)
  await expect(asked).rejects.toBe(reason)
  expect(stdin.destroyed).toBe(true)
})
