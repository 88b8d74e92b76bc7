import type { AuditEvent, AuditSink } from '@rekey/audit-log/internal'
import { SecretError } from '@rekey/secret'
import type { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** An audit log that rotators share. While its disk is full, `audit-log` is down: it takes nothing. */
export class AuditModel {
  readonly #parts: WorldParts
  readonly #entries: { readonly atMs: number; readonly event: AuditEvent }[] = []

  constructor(parts: WorldParts) {
    this.#parts = parts
  }

  /** The log as a rotator has it. */
  for(process: VirtualProcess): AuditSink {
    return { record: (event) => process.request(() => this.#record(event)) }
  }

  /** When there was an entry about a step of the rotation of `secret`, in milliseconds since the beginning. */
  timesOf(secret: string, step: string): readonly number[] {
    return this.#entries
      .filter(({ event }) => event.subject === secret && event.action === `rotation.${step}`)
      .map(({ atMs }) => atMs)
  }

  async #record(event: AuditEvent): Promise<void> {
    const { time, random, faults } = this.#parts
    await time.sleep(random.between(1, 20))
    if (faults.isDown('audit-log')) {
      throw new SecretError('unreachable', 'the audit log cannot be written: its disk is full')
    }
    this.#entries.push({ atMs: this.#parts.trace.nowMs, event })
  }
}
