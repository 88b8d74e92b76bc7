import { createMemoryStore } from '@rekey/config-loader/store'
import { createFakeClock, type SecretStore } from '@rekey/secret'
import { openStoreJournal } from '../../src/engine/internal.ts'

export const SECRET = 'NAME'
/** Where a journal in a store keeps the record of {@link SECRET}. */
export const ENTRY = `REKEY_ROTATION_${SECRET}`
export const LEASE_MS = 60_000

/** The secrets of the journal. */
export const secrets = [SECRET]

/** An empty store, and how a journal in it is opened. */
export function fixture() {
  const store = createMemoryStore()
  const clock = createFakeClock()
  const open = (opened: SecretStore = store) => openStoreJournal(opened, { secrets, clock })
  return { store, clock, open }
}
