import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { askOperator } from './with-rotator.ts'
import type { CliContext } from './cli-context.ts'

const output = { write: () => true }

const ask = (stdin?: CliContext['process']['stdin']) =>
  askOperator(
    { process: { stdout: output, stderr: output, ...(stdin && { stdin }) } },
    new AbortController().signal,
  )

async function* chunksOf(...texts: string[]) {
  await Promise.resolve()
  for (const text of texts) yield Buffer.from(text)
}

it('reads the secret that is piped in, without the line end', async () => {
  const value = randomBytes(24).toString('base64url')
  const secret = await ask(chunksOf(value.slice(0, 5), `${value.slice(5)}\n`))
  expect(secret.expose()).toBe(value)
})

it('reads nothing from a terminal, which would show what is typed', async () => {
  const terminal = Object.assign(chunksOf('x'), { isTTY: true })
  await expect(ask(terminal)).rejects.toMatchObject({ code: 'refused' })
  await expect(ask()).rejects.toThrow('rekey rotate oidc-client SERVICE < FILE')
})

it.each([
  ['nothing', '\n'],
  ['more than 64 KiB', 'x'.repeat(65_537)],
])('refuses %s', async (_what, text) => {
  await expect(ask(chunksOf(text))).rejects.toMatchObject({ code: 'malformed' })
})
