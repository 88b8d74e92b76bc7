import { SecretError, type SecretSource, type SecretStore } from '@rekey/secret'

/** A source that can only be read; it counts the reads, and can be down. */
export interface CountedSource extends SecretSource {
  reads: number
  isDown: boolean
}

/** Reads `store`, which the test can change meanwhile without anybody being told. */
export function countReads(store: SecretStore): CountedSource {
  const source: CountedSource = {
    locator: 'counted',
    reads: 0,
    isDown: false,
    read(name, signal) {
      source.reads += 1
      if (source.isDown) return Promise.reject(new SecretError('unreachable', 'start it'))
      return store.read(name, signal)
    },
  }
  return source
}
