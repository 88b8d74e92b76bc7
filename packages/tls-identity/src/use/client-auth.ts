import type { IncomingMessage } from 'node:http'
import { type ClientRefusalCode, type ClientRule, verifyClient } from './client-certificate.ts'
import { answerRefusal, type ClientRefusal } from './client-refusal.ts'

/** A call that was refused. Never holds a secret, so it may be logged as it is. */
export interface ClientAuthEvent {
  readonly type: 'refused'
  readonly code: ClientRefusalCode
  /** The remote address, if known. */
  readonly source?: string
}

/** Options of every adapter. */
export interface ClientAuthOptions extends ClientRule {
  /** Called within the request, so it must be quick. */
  readonly onEvent?: (event: ClientAuthEvent) => void
}

/** The service that calls, or the answer that refuses the call. */
export type ClientAdmission =
  | { readonly ok: true; readonly service: string }
  | { readonly ok: false; readonly response: ClientRefusal }

/** Verifies the client of a request, and reports what is refused. All adapters call this. */
export function admitClient(request: IncomingMessage, options: ClientAuthOptions): ClientAdmission {
  const { socket } = request
  const verdict = verifyClient(socket, options)
  if (verdict.ok) return verdict
  const { code } = verdict
  const { remoteAddress: source } = socket
  options.onEvent?.({ type: 'refused', code, ...(source !== undefined && { source }) })
  return { ok: false, response: answerRefusal(code) }
}
