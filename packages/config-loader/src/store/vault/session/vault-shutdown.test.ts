// @lane servers
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { runCompiled } from '@rekey/testbed'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type DatabaseFixture,
  eventually,
  openDatabaseFixture,
  openVaultFixture,
  vaultProgram,
  type VaultFixture,
} from '../../../../test/store/vault/vault-fixture.support.ts'

const CLOSE_WITHIN_MS = 2_000

describe.runIf(vaultProgram.found)(
  'S25 a service that gets SIGTERM while it reads a secret',
  () => {
    let fixture: VaultFixture
    let database: DatabaseFixture
    beforeAll(async () => {
      fixture = await openVaultFixture()
      database = await openDatabaseFixture(fixture.vault)
      await fixture.appRole()
      await database.role('frontend')
      await database.role('slow')
    })
    afterAll(async () => {
      await database[Symbol.asyncDispose]()
      await fixture[Symbol.asyncDispose]()
    })
    beforeEach(() => {
      fixture.begin()
      fixture.proxy.fault = ({ path }) =>
        path.includes('creds/slow') ? { holdMs: 60_000 } : undefined
    })

    async function startService() {
      const script = fileURLToPath(
        new URL('../../../../test/store/vault/session/vault-service.child.ts', import.meta.url),
      )
      const args = [fixture.proxy.address, fixture.directory, database.url]
      const child = spawn(execPath, [...runCompiled(script), ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, CLOSE_WITHIN_MS: String(CLOSE_WITHIN_MS) },
      })
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      expect((await lines.next()).value).toBe('ready')
      return { child, exited: once(child, 'exit'), lines }
    }

    it('aborts the read, revokes what it holds and what it may have been given, and ends', async () => {
      const { child, exited, lines } = await startService()
      await eventually(() => fixture.proxy.count(/creds\/slow/)).toBe(1)
      await eventually(async () => (await database.users()).length).toBe(2)
      child.kill('SIGTERM')
      expect((await lines.next()).value).toBe('aborted')
      expect(await exited).toEqual([0, null])
      expect(fixture.proxy.count(/leases\/revoke/)).toBe(1)
      expect(fixture.proxy.count(/revoke-self/)).toBe(1)
      await eventually(() => database.users()).toEqual([])
    })

    it('ends within its deadline although Vault hangs', async () => {
      const { child, exited } = await startService()
      await eventually(() => fixture.proxy.count(/creds\/slow/)).toBe(1)
      fixture.proxy.fault = () => ({ holdMs: 60_000 })
      const start = performance.now()
      child.kill('SIGTERM')
      expect(await exited).toEqual([0, null])
      expect(performance.now() - start).toBeLessThan(2 * CLOSE_WITHIN_MS + 3_000)
    })
  },
)
