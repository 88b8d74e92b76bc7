import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runSourceFlags } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'

const LOADER = '../../../config-loader/src/store'
const urlOf = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
const PARTS = `
  const { SecretError, systemClock: clock } = await import(${urlOf('../../../secret/src/index.ts')})
  const fail = () => Promise.reject(new SecretError('unreachable', 'no answer', { reason: 'throttled' }))
  const end = () => console.log('ended')`

/** What is done again after a while, with nothing else that keeps the process alive. */
const TRIED: Readonly<Record<string, string>> = {
  'a request to Vault': `
    const { createVaultClient } = await import(${urlOf(`${LOADER}/vault/http/vault-client.ts`)})
    const trying = createVaultClient({ address: 'http://127.0.0.1:1', clock }).request({ method: 'GET', path: 'a' })`,
  'a request to another store': `
    const { withRetries } = await import(${urlOf(`${LOADER}/with-retries.ts`)})
    const trying = withRetries({ clock, random: () => 0.5 }, fail)`,
  'a write of the journal': `
    const { JournalSlot } = await import(${urlOf('./journal-slot.ts')})
    const trying = new JournalSlot({ read: fail }, 'A', clock).put({ claim: 'a', write: 'b' }, fail)`,
  'a read of a mount whose files are new': `
    const { findLayout, readMount } = await import(${urlOf(`${LOADER}/mount/read-mount.ts`)})
    const { writeFileSync } = await import('node:fs')
    writeFileSync('A', 'a')
    const trying = readMount({ layout: await findLayout('.'), clock })`,
  'a look for a revocation on the published lists': `
    const { requestRevocation } = await import(${urlOf('../../../ca-keystore/src/crl/request-revocation.ts')})
    const { mkdirSync } = await import('node:fs')
    mkdirSync('requests', { mode: 0o700 })
    const requests = [{ serial: '01', reason: 'keyCompromise' }]
    const trying = requestRevocation({ directory: '.', requests, limitMs: 300 })`,
  'a read of a store that may be late': `
    const { rotate } = await import(${urlOf('../engine/index.ts')})
    const [current, pending] = ['v1', 'v2'].map((version) => ({ version }))
    const reads = [{ name: 'A', revision: '1', current, pending }]
    const read = async () => reads.pop() ?? fail()
    const intent = { mode: 'forward', from: current, to: pending, promotedAt: 1 }
    const nothing = async () => undefined
    const claim = async () => ({ epoch: 1, intent, setIntent: nothing, record: nothing, renew: nothing, release: nothing })
    const trying = rotate({ name: 'A', kind: 'a' }, { store: { read }, journal: { name: 'a', claim } })`,
}

it.each(Object.entries(TRIED))(
  'a program does not end while it waits to repeat %s',
  async (_, tried) => {
    const program = `${PARTS}\n${tried}\nawait trying.then(end, end)`
    const args = [...runSourceFlags(), '--input-type=module', '--eval', program]
    const cwd = await mkdtemp(join(tmpdir(), 'rekey-waits-'))
    onTestFinished(() => rm(cwd, { recursive: true }))
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd })
    expect(stdout).toBe('ended\n')
  },
)
