import type { KeyWorld } from './key-world.ts'
import { VirtualProcess } from './virtual-process.ts'

const EVERY_MS = 4_000

/** Somebody who has every key that was ever revoked, and tries each at every receiver, again and again. */
export class Attacker {
  readonly #world: KeyWorld
  readonly #process: VirtualProcess
  readonly #dead = new Set<string>()

  constructor(world: KeyWorld) {
    this.#world = world
    this.#process = new VirtualProcess('mallory', world.parts.time)
  }

  /** From here on this version must be refused. */
  expectDead(version: string): void {
    this.#dead.add(version)
  }

  async run(): Promise<void> {
    for (;;) {
      await this.#process.clock.sleep(EVERY_MS)
      await this.attack()
    }
  }

  async attack(): Promise<void> {
    const { receivers, store } = this.#world
    const { values } = store
    const attempts = [...this.#dead].flatMap((version) =>
      receivers.map(({ machine }) =>
        this.#try(machine.name, { version, value: values.get(version) ?? '' }),
      ),
    )
    await Promise.all(attempts)
  }

  async #try(receiver: string, key: { version: string; value: string }): Promise<void> {
    const call = this.#world.network.fetchOf(this.#process)
    const headers = { authorization: `Bearer ${key.value}` }
    const status = await call(`http://${receiver}/`, { headers }).then(
      (response) => response.status,
      () => undefined,
    )
    if (status === 200) {
      const { trace } = this.#world.parts
      trace.violate(receiver, `accepts ${trace.nameOf(key)}, which was revoked`)
    }
  }
}
