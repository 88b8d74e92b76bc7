import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { runSourceFlags } from '@rekey/testbed'
import { expect, it } from 'vitest'

const LOADER = '../../../config-loader/src/store'
const urlOf = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
const PARTS = `
  const { SecretError, systemClock: clock } = await import(${urlOf('../../../secret/src/index.ts')})
  const fail = () => Promise.reject(new SecretError('unreachable', 'no answer', { reason: 'throttled' }))`

/** What is tried again, with nothing else that keeps the process alive. */
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
}

it.each(Object.entries(TRIED))(
  'a program does not end before it has tried %s again',
  async (_, tried) => {
    const program = `${PARTS}\n${tried}\nawait trying.catch(({ code }) => console.log(code))`
    const args = [...runSourceFlags(), '--input-type=module', '--eval', program]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: tmpdir() })
    expect(stdout).toBe('unreachable\n')
  },
)
