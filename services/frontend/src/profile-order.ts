import { parseSigningRequest } from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'
import { z } from 'zod'
import { AnswerError } from './answer-error.ts'

/** The order of a profile: a request for a certificate, and the device that the person names. */
export interface ProfileOrder {
  /** PKCS#10 in PEM. */
  readonly csr: string
  readonly device: string
}

/** Neither control characters nor those that turn the direction of text. */
const SHOWN = /^[^\p{C}\p{Zl}\p{Zp}]*$/u

const ORDER = z.object({
  csr: z.string().max(16_384),
  device: z.string().trim().min(1).max(64).regex(SHOWN),
})

/**
 * Reads the order of a profile. Its request must prove possession of a key that the CA accepts; the name in it is not used.
 *
 * @throws {AnswerError} 400 for another form, 422 for a request that is refused
 */
export function readOrder(body: unknown): ProfileOrder {
  const { success, data } = ORDER.safeParse(body)
  if (!success) {
    const message = 'give the device a name (1–64 characters) and send a certificate request'
    throw new AnswerError(400, message)
  }
  try {
    parseSigningRequest(data.csr)
  } catch (error) {
    if (error instanceof SecretError) throw new AnswerError(422, error.message)
    throw error
  }
  return data
}
