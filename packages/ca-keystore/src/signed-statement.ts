import type { KeyObject } from 'node:crypto'
import { type DocumentName, formatIn, requireFormat } from '@rekey/secret/internal'
import type { z } from 'zod'
import { isSignedBy, type Signer } from './signer.ts'

/**
 * Signs one line of text with the key of a CA. The signed bytes begin with `rekey`, which is unlike any DER that the CA signs, and with
 * the kind of the statement: one signature cannot stand for another.
 *
 * @param content without a line feed
 * @returns the line, and a second one with the signature in base64
 */
export async function signStatement(
  kind: string,
  content: string,
  signer: Pick<Signer, 'sign'>,
): Promise<string> {
  const signature = await signer.sign(signedBytes(kind, content))
  return `${content}\n${signature.toString('base64')}\n`
}

/** Returns the line that {@link signStatement} signed; undefined if the key of `publicKey` did not sign it as that kind. */
export function readStatement(
  kind: string,
  text: string,
  publicKey: KeyObject,
): string | undefined {
  const [content = '', signature = '', ...rest] = text.split('\n')
  if (rest.length !== 1 || rest[0] !== '') return undefined
  const bytes = Buffer.from(signature, 'base64')
  return isSignedBy(publicKey, signedBytes(kind, content), bytes) ? content : undefined
}

/**
 * Returns the JSON of a line that {@link signStatement} signed; undefined also if it has another form than `schema`.
 *
 * @throws {SecretError} `refused` for a newer format, whose signature may be another
 */
export function readSignedJson<T>(
  { kind, schema }: { readonly kind: DocumentName; readonly schema: z.ZodType<T> },
  text: string,
  publicKey: KeyObject,
): T | undefined {
  requireStatedFormat(kind, text)
  const content = readStatement(kind, text, publicKey)
  return content === undefined ? undefined : schema.safeParse(JSON.parse(content)).data
}

/** Refuses a statement of a newer format by its first line. @throws {SecretError} `refused` */
export function requireStatedFormat(document: DocumentName, text: string): void {
  requireFormat(document, formatIn(text.split('\n', 1)[0] ?? ''))
}

function signedBytes(kind: string, content: string): Buffer {
  return Buffer.from(`rekey ${kind} v1\n${content}`)
}
