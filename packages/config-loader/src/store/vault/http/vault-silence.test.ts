import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { findForTest, openVault, runCompiled, type Vault } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const { found, path: program } = await findForTest('vault')
const CHILD = join(import.meta.dirname, '../../../../test/store/vault/http/vault-silence.child.ts')

describe.runIf(found)('a process that works with Vault', { timeout: 60_000 }, () => {
  let vault: Vault
  beforeAll(async () => {
    vault = await openVault({ program })
  }, 120_000)
  afterAll(() => vault.close())

  async function printedBy(environment: NodeJS.ProcessEnv, input: object) {
    const child = spawn(process.execPath, runCompiled(CHILD), {
      env: { ...process.env, ...environment },
    })
    child.stdin.end(JSON.stringify(input))
    const [out, err] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ])
    return { out, err }
  }

  it.each<[string, NodeJS.ProcessEnv, string]>([
    ['as usual', {}, 'Node.js'],
    ['with DEBUG=*', { DEBUG: '*', DEBUG_DEPTH: '9' }, 'Node.js'],
    [
      'with NODE_DEBUG=http,https,net,stream,tls,undici',
      { NODE_DEBUG: 'http,https,net,stream,tls,undici' },
      'UNDICI ',
    ],
  ])('prints no token, value or body, %s', async (_how, environment, marker) => {
    const value = randomBytes(24).toString('hex')
    const path = `secret/${randomBytes(6).toString('hex')}`
    const { address, rootToken: token } = vault
    const { out, err } = await printedBy(environment, { address, token, path, value })
    expect(out.match(/failed: SecretError/g)).toHaveLength(7)
    expect(out).toContain('[secret API_KEY_FRONTEND_SIGNING]')
    expect(err).toContain(marker)
    for (const canary of [value, token, Buffer.from(value).toString('base64')]) {
      expect(out + err).not.toContain(canary)
    }
  })

  it('keeps the HTTP client below its own fetch', async () => {
    const path = `secret/${randomBytes(6).toString('hex')}`
    const { address, rootToken: token } = vault
    const { out } = await printedBy(
      {},
      { address, token, path, value: randomBytes(24).toString('hex') },
    )
    expect(out).toContain("below fetch: the process's own")
  })
})
