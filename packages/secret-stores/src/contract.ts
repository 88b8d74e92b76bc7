import type { SecretStore } from '@rekey/secret'
import { afterEach, beforeEach, describe } from 'vitest'
import { describeCompareAndSet, describeValues, describeWatching } from './contract-faults.ts'
import { describeCreating, describeMoving, describeRefusing } from './contract-moves.ts'

/** A store opened for one test. */
export interface OpenedStore {
  readonly store: SecretStore
  close(): Promise<void>
}

/** How the suite treats a store. */
export interface ContractOptions {
  /** Whether the store has `watch`. Default true. */
  readonly watches?: boolean
}

/**
 * Registers the tests that every `SecretStore` must pass. `open` is called once for each test and gives an empty store.
 * Registers suites of vitest, so call it at the top of a test file.
 */
export function describeSecretStore(
  name: string,
  open: () => Promise<OpenedStore>,
  { watches = true }: ContractOptions = {},
): void {
  describe(`${name} as a secret store`, () => {
    let opened: OpenedStore
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.close())
    const scene = () => opened.store
    describeCreating(scene)
    describeMoving(scene)
    describeRefusing(scene)
    describeCompareAndSet(scene)
    describeValues(scene)
    if (watches) describeWatching(scene)
  })
}
