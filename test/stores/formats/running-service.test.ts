import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiKeyTo, issueApiKey } from '@rekey/api-key-auth'
import { defineService, loadService } from '@rekey/config-loader'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { inDirectory } from './store-documents.ts'

const definition = defineService({
  name: 'frontend',
  settings: z.object({}),
  secrets: { key: apiKeyTo('signing') },
})

it('a running service keeps its values when its store gets a newer format, and reports why', () =>
  inDirectory(async (directory) => {
    const path = join(directory, '.env')
    const line = () =>
      `API_KEY_FRONTEND_SIGNING='${issueApiKey({ environment: 'dev' }).text.expose()}'\n`
    await writeFile(path, line(), { mode: 0o600 })
    const env = { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: `dotenv:${path}` }
    const reasons: unknown[] = []
    const service = await loadService(definition, {
      ...{ env, policy: { ttlMs: 200, maxStaleMs: 60_000 } },
      onEvent: (event) => reasons.push(event),
    })
    const { version } = service.secrets.key.current
    await writeFile(path, `# @rekey-format 2\n${line()}`)
    await expect.poll(() => JSON.stringify(reasons)).toContain('has format 2')
    expect(service.secrets.key.current.version).toBe(version)
    expect(service.health().secrets[0]).toMatchObject({ problem: 'refused' })
    await service.close()
  }))
