import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type AuditEvent, type AuditLog, type AuditSink, openAuditLog } from '@rekey/audit-log'

/** A log of one rotator alone, made with its first event: one that only looks leaves no file. */
export class OwnAuditLog implements AuditSink {
  readonly #path: string
  #log: Promise<AuditLog> | undefined

  constructor(directory: string) {
    this.#path = join(directory, `rotator-${randomUUID()}.log`)
  }

  async record(event: AuditEvent): Promise<void> {
    this.#log ??= openAuditLog({ path: this.#path })
    await (await this.#log).record(event)
  }

  async close(): Promise<void> {
    await (await this.#log)?.[Symbol.asyncDispose]()
  }
}
