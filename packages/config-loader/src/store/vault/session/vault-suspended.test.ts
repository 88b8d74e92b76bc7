// @lane servers
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runCompiled } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type DatabaseFixture,
  eventually,
  openDatabaseFixture,
  openVaultFixture,
  vaultProgram,
  type VaultFixture,
} from '../../../../test/store/vault/vault-fixture.support.ts'

const LEASES = 10
const TTL_S = 12

describe.runIf(vaultProgram.found)('a process that is stopped and goes on', () => {
  let fixture: VaultFixture
  let database: DatabaseFixture
  beforeAll(async () => {
    fixture = await openVaultFixture()
    database = await openDatabaseFixture(fixture.vault)
    await fixture.appRole({ token_ttl: `${TTL_S}s` })
    await database.role('frontend', { default_ttl: `${TTL_S}s`, max_ttl: '1h' })
    fixture.begin()
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
    await fixture[Symbol.asyncDispose]()
  })

  it(
    'S8 takes what ended meanwhile for ended: one login, each lease read anew once, no burst',
    { timeout: 60_000 },
    async () => {
      const script = fileURLToPath(
        new URL('../../../../test/store/vault/session/vault-leases.child.ts', import.meta.url),
      )
      const child = spawn(
        execPath,
        [...runCompiled(script), fixture.proxy.address, fixture.directory, String(LEASES)],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      )
      const exited = once(child, 'exit')
      const lines: string[] = []
      createInterface(child.stdout).on('line', (line) => lines.push(line))
      const count = (word: string) => lines.filter((line) => line === word).length
      await eventually(() => count('leased')).toBe(LEASES)
      child.kill('SIGSTOP')
      fixture.proxy.passed.splice(0)
      await sleep((TTL_S + 3) * 1_000)
      expect(fixture.proxy.passed).toEqual([])
      child.kill('SIGCONT')
      await eventually(() => count('leased')).toBe(2 * LEASES)
      const paths = fixture.proxy.passed.map(({ path }) => path)
      child.kill('SIGKILL')
      await exited
      expect(paths.filter((path) => path.includes('login'))).toHaveLength(1)
      expect(paths.filter((path) => path.includes('creds'))).toHaveLength(LEASES)
      expect(lines).toHaveLength(3 * LEASES)
      expect(paths).toHaveLength(LEASES + 1)
    },
  )
})
