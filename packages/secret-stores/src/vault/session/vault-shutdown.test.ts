import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { runCompiled } from '@rekey/testbed'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type DatabaseScene,
  eventually,
  openDatabaseScene,
  openVaultScene,
  vaultProgram,
  type VaultScene,
} from '../vault-scene.test.support.ts'

const CLOSE_WITHIN_MS = 2_000

describe.runIf(vaultProgram.found)(
  'S25 a service that gets SIGTERM while it reads a secret',
  () => {
    let scene: VaultScene
    let database: DatabaseScene
    beforeAll(async () => {
      scene = await openVaultScene()
      database = await openDatabaseScene(scene.vault)
      await scene.appRole()
      await database.role('frontend')
      await database.role('slow')
    })
    afterAll(async () => {
      await database[Symbol.asyncDispose]()
      await scene[Symbol.asyncDispose]()
    })
    beforeEach(() => {
      scene.begin()
      scene.proxy.fault = ({ path }) =>
        path.includes('creds/slow') ? { holdMs: 60_000 } : undefined
    })

    async function startService() {
      const script = fileURLToPath(new URL('./vault-service.test.child.ts', import.meta.url))
      const args = [scene.proxy.address, scene.directory, database.url]
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
      await eventually(() => scene.proxy.count(/creds\/slow/)).toBe(1)
      await eventually(async () => (await database.users()).length).toBe(2)
      child.kill('SIGTERM')
      expect((await lines.next()).value).toBe('aborted')
      expect(await exited).toEqual([0, null])
      expect(scene.proxy.count(/leases\/revoke/)).toBe(1)
      expect(scene.proxy.count(/revoke-self/)).toBe(1)
      await eventually(() => database.users()).toEqual([])
    })

    it('ends within its deadline although Vault hangs', async () => {
      const { child, exited } = await startService()
      await eventually(() => scene.proxy.count(/creds\/slow/)).toBe(1)
      scene.proxy.fault = () => ({ holdMs: 60_000 })
      const start = performance.now()
      child.kill('SIGTERM')
      expect(await exited).toEqual([0, null])
      expect(performance.now() - start).toBeLessThan(2 * CLOSE_WITHIN_MS + 3_000)
    })
  },
)
