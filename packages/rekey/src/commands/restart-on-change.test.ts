import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createLiveSecret, type SettableSecret } from '@rekey/secret/internal'
import { Secret, type StagedSecret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { restartOnChange } from './restart-on-change.ts'
import { spawnChild } from './spawn-child.ts'

const STAY = [process.execPath, '-e', 'setInterval(() => {}, 1e3)']

function staged(revision: string, version: string): StagedSecret {
  const value = Secret.of(randomBytes(24).toString('hex'), 'DATABASE_APP')
  const name = 'DATABASE_APP'
  const current = { name, version, stage: 'current', value, sensitive: [value] } as const
  return { name, revision, current }
}

function supervise(live: SettableSecret) {
  let starts = 0
  let isStopping = false
  let kill: (() => void) | undefined
  const running = restartOnChange({
    secrets: [live],
    graceMs: 5_000,
    spreadMs: 0,
    isStopping: () => isStopping,
    onRestart: () => undefined,
    start() {
      starts += 1
      const child = spawnChild(
        STAY,
        { env: { ...process.env } as Record<string, string> },
        () => undefined,
      )
      kill = () => {
        child.kill('SIGTERM')
      }
      return child
    },
  })
  const stop = () => {
    isStopping = true
    kill?.()
    return running
  }
  return { starts: () => starts, stop }
}

it('restarts for another version, and not for a lease that was renewed', async () => {
  const live = createLiveSecret(staged('1', 'a'))
  const { starts, stop } = supervise(live)
  live.update(staged('2', 'a'))
  await delay(300)
  expect(starts()).toBe(1)
  live.update(staged('3', 'b'))
  await expect.poll(starts, { timeout: 20_000 }).toBe(2)
  expect(await stop()).toBe(143)
  expect(starts()).toBe(2)
})
