import type { SecretStore } from '@rekey/secret'
import { liveVersions, type Stage } from '@rekey/secret/internal'

/** The versions of a secret, by stage. */
export type Staged = Readonly<Partial<Record<Stage, string>>>

/** Each value that the store was seen to hold. */
export class KnownValues {
  readonly #store: SecretStore
  readonly #values = new Map<string, string>()

  constructor(store: SecretStore) {
    this.#store = store
  }

  /** Reads what the store holds of a secret now, and keeps its values. */
  async look(name: string): Promise<Staged> {
    const staged: Partial<Record<Stage, string>> = {}
    for (const { stage, version, value } of liveVersions(await this.#store.read(name))) {
      this.#values.set(`${name} ${version}`, value.expose())
      staged[stage] = version
    }
    return staged
  }

  /** The value of a version that was seen. */
  of(name: string, version: string): string | undefined {
    return this.#values.get(`${name} ${version}`)
  }
}
