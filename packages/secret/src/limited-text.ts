/** An answer of a replica, signing or a provider has some kilobytes. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** A `Response`, or chunks of another origin, such as a message of `node:http`. */
export interface LimitedBody {
  readonly body: AsyncIterable<Uint8Array> | Iterable<Uint8Array> | null
}

/**
 * Reads the text of an answer of at most 4 MiB.
 *
 * @throws {RangeError} if it is longer; the rest is not read
 */
export async function limitedText({ body }: LimitedBody): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw new RangeError('the answer is longer than 4 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
