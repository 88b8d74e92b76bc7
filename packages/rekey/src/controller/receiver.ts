import type { Problem } from './problems.ts'

/** A problem that began, or that is over. */
export interface Message {
  /** The same for each attempt, by which a receiver knows that it has it. */
  readonly id: string
  readonly change: 'began' | 'ended'
  readonly problem: Problem
}

/** A receiver of messages. */
export interface Receiver {
  /** How it is called in what the controller prints. */
  readonly name: 'webhook' | 'mail' | 'kubernetes'
  /**
   * Delivers one message, once.
   *
   * @throws {SecretError} `unreachable` for no answer in time; `refused`, `forbidden` for one that does not take it
   */
  send(message: Message, signal: AbortSignal): Promise<void>
}

/** How long one delivery may take, in milliseconds. */
export const DELIVERY_MS = 10_000
