import type { FastifyRequest } from 'fastify'
import { AnswerError } from './answer-error.ts'

/**
 * Checks that a POST comes from a page of our own. Browsers send `Origin` with every POST; a page elsewhere cannot leave it out.
 *
 * @throws {AnswerError} 403
 */
export function checkOrigin({ headers }: FastifyRequest, publicUrl: string): void {
  if (headers.origin === undefined || headers.origin === new URL(publicUrl).origin) return
  throw new AnswerError(403, 'the request comes from a page of another origin')
}
