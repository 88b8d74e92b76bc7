import { SecretError } from '@rekey/secret'

/** One PEM block as it stands in the text. */
export interface PemBlock {
  /** `PRIVATE KEY`, `CERTIFICATE`, … */
  readonly label: string
  /** With its two boundary lines and a line break at the end. */
  readonly pem: string
}

const MAX_CHARS = 64 * 1024
const BLOCK =
  /-----BEGIN ([A-Z0-9 ]+)-----\r?\n(?:[A-Za-z0-9+/=]{1,76}\r?\n)+-----END \1-----(?:\s+|$)/y

/**
 * Splits a text into its PEM blocks (RFC 7468 §3). White space may lie between them, nothing else.
 *
 * @throws {SecretError} `malformed`
 */
export function splitPem(text: string): PemBlock[] {
  if (text.length > MAX_CHARS) throw malformed(`it is longer than ${MAX_CHARS} characters`)
  if (/-----\\r?\\?n/.test(text)) {
    throw malformed('its line breaks are written as backslash and n: put real line breaks in')
  }
  const blocks: PemBlock[] = []
  BLOCK.lastIndex = 0
  let end = 0
  while (end < text.length) {
    const match = BLOCK.exec(text)
    if (match === null) throw malformed('it has text that is not PEM: remove it')
    const [block, label = ''] = match
    blocks.push({ label, pem: `${block.trim().replaceAll('\r\n', '\n')}\n` })
    end = BLOCK.lastIndex
  }
  return blocks
}

function malformed(problem: string): SecretError {
  return new SecretError('malformed', problem, { reason: 'pem' })
}
