// @lane servers
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { runCompiled } from '@rekey/testbed'
import { describe, expect, it } from 'vitest'

const SCRIPT = fileURLToPath(new URL('./failing-service.ts', import.meta.url))
const FRAME = /^ {4}at bug \(.*failing-service\.ts:\d+:\d+\)$/m

async function fail(environment: string, when = 'later', end = '') {
  const mark = environment === 'production' ? '' : 'dev-'
  const value = mark + randomBytes(24).toString('base64url') + end
  const child = spawn(process.execPath, runCompiled(SCRIPT), {
    env: {
      ...{ PATH: process.env['PATH'], REKEY_ENVIRONMENT: environment, REKEY_SECRETS: 'env' },
      ...{ TEXT_APP: value, FAILS: when },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  for (const encoding of ['utf8', 'base64', 'hex'] as const) {
    expect(stdout + stderr).not.toContain(Buffer.from(value).toString(encoding))
  }
  expect(code).toBe(1)
  return stderr
}

describe('a TypeError at startup that holds a secret value', { timeout: 60_000 }, () => {
  it('is printed in development by class, message and stack, without the value', async () => {
    const stderr = await fail('development')
    expect(stderr).toMatch(/^cannot start: TypeError: no object: \[secret TEXT_APP@\w+\]$/m)
    expect(stderr).toMatch(FRAME)
  })

  it('is printed in production by class, file and line, and nothing else', async () => {
    const stderr = await fail('production')
    expect(stderr.trimEnd()).toMatch(/^cannot start: TypeError at \/.*\/failing-service\.ts:\d+$/)
  })

  it('is printed by class and stack, without its message, before anything masks the value', async () => {
    const stderr = await fail('development', 'before-redaction')
    expect(stderr).toMatch(/^cannot start: TypeError \(message withheld/)
    expect(stderr).toMatch(FRAME)
    expect(stderr).not.toContain('no object')
  })
})

it('a value that its parser prints and then refuses is masked, as text and in base64', async () => {
  const stderr = await fail('development', 'later', '-refused')
  expect(stderr).toMatch(/^refused: \[secret TEXT_APP\] \S*\[secret TEXT_APP\]/m)
  expect(stderr).toContain('it was refused')
})
