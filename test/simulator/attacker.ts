import type { KeyWorld } from './key-world.ts'
import { VirtualProcess } from './virtual-process.ts'

/** Somebody who has every key that has ever retired, and tries each at every receiver, again and again. */
export class Attacker {
  readonly #world: KeyWorld
  readonly #process: VirtualProcess
  readonly #dead = new Set<string>()

  constructor(world: KeyWorld) {
    this.#world = world
    this.#process = new VirtualProcess('mallory', world.parts.time)
  }

  /** Uses every version that is `previous` at the time, or was, all along. */
  async steal(everyMs: number): Promise<void> {
    const stolen = new Set<string>()
    for (;;) {
      await this.#process.clock.sleep(everyMs)
      const { previous } = this.#world.store.latest
      if (previous !== undefined) stolen.add(previous.version)
      void this.#tryAll(stolen)
    }
  }

  /** From here on this version must be refused. */
  expectDead(version: string): void {
    this.#dead.add(version)
  }

  async run(everyMs: number): Promise<void> {
    for (;;) {
      await this.#process.clock.sleep(everyMs)
      await this.attack()
    }
  }

  attack(): Promise<void> {
    return this.#tryAll(this.#dead)
  }

  async #tryAll(versions: ReadonlySet<string>): Promise<void> {
    const { receivers, store } = this.#world
    const { values } = store
    const attempts = [...versions].flatMap((version) =>
      receivers.map(({ machine }) =>
        this.#try(machine.name, { version, value: values.get(version) ?? '' }),
      ),
    )
    await Promise.all(attempts)
  }

  async #try(receiver: string, key: { version: string; value: string }): Promise<void> {
    const call = this.#world.network.fetchOf(this.#process)
    const headers = { authorization: `Bearer ${key.value}` }
    const status = await call(`https://${receiver}/`, { headers }).then(
      (response) => response.status,
      () => undefined,
    )
    if (status === 200 && this.#dead.has(key.version)) {
      const { trace } = this.#world.parts
      trace.violate(receiver, `accepts ${trace.nameOf(key)}, which was revoked`)
    }
  }
}
