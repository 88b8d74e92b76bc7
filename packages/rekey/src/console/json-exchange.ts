import type { IncomingMessage, ServerResponse } from 'node:http'
import { printableText } from '@rekey/secret/internal'
import { jsonIn, SecretError } from '@rekey/secret'

const MAX_BYTES = 16_384

/** Why a request was refused, for the page and for people. */
export interface Refusal {
  readonly code: string
  readonly message: string
}

/** Reads the body of a request; undefined if it has more than 16 KiB. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_BYTES) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** The JSON of a body that is declared as such; undefined for anything else. */
export function parseJson({ headers }: IncomingMessage, body: Buffer): unknown {
  return headers['content-type'] === 'application/json' ? jsonIn(body.toString()) : undefined
}

/** Finds in JSON what rules or turns a text: JSON escapes a part of it. */
const RULING = /\\[bfrtu]|[\u007f-\u009f\p{Bidi_Control}\u2028\u2029]/u

/** Writes JSON for a page: in each text, control characters but line ends, and those that turn the direction of text, are code points to read. */
export function pageJson(content: object): string {
  const json = JSON.stringify(content)
  if (!RULING.test(json)) return json
  return JSON.stringify(content, (_, part: unknown) =>
    typeof part === 'string' ? printableText(part) : part,
  )
}

/** Answers with JSON. */
export function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(pageJson(body))
}

/** Explains an error. Only messages of our own are known to hold nothing of others. */
export function refusalOf(error: unknown, otherwise: string): Refusal {
  const isOurs = error instanceof SecretError || (error instanceof Error && 'step' in error)
  if (!isOurs || !('code' in error)) return { code: 'failed', message: otherwise }
  return { code: error.code, message: error.message }
}
