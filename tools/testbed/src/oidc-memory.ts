import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

/**
 * Where a provider keeps its sessions, codes and tokens: in memory, the oldest dropped above `maxRecords` of a kind, so that
 * a load generator cannot fill the machine. oidc-provider checks the expiry of what it reads.
 */
export function createOidcMemory(maxRecords = 20_000): AdapterFactory {
  return () => createAdapter(maxRecords)
}

function createAdapter(maxRecords: number): Adapter {
  const records = new Map<string, AdapterPayload>()
  const idByUid = new Map<string, string>()
  const remove = (id: string) => {
    const uid = records.get(id)?.uid
    if (uid !== undefined && idByUid.get(uid) === id) idByUid.delete(uid)
    records.delete(id)
  }
  const removeOldest = () => {
    const [oldest] = records.keys()
    if (oldest !== undefined) remove(oldest)
  }
  const find = (id: string | undefined) => Promise.resolve(records.get(id ?? ''))
  return {
    find,
    findByUid: (uid) => find(idByUid.get(uid)),
    findByUserCode: () => Promise.resolve(undefined),
    upsert(id, payload) {
      remove(id)
      records.set(id, payload)
      if (payload.uid !== undefined) idByUid.set(payload.uid, id)
      if (records.size > maxRecords) removeOldest()
      return Promise.resolve()
    },
    consume(id) {
      const record = records.get(id)
      if (record !== undefined) record.consumed = Math.floor(Date.now() / 1000)
      return Promise.resolve()
    },
    destroy(id) {
      remove(id)
      return Promise.resolve()
    },
    revokeByGrantId(grantId) {
      for (const [id, record] of records) if (record.grantId === grantId) remove(id)
      return Promise.resolve()
    },
  }
}
