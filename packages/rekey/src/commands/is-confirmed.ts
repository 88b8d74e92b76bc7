import { addAbortSignal, Readable } from 'node:stream'
import type { CliContext } from './cli-context.ts'

/**
 * Asks at a terminal, and returns whether the answer is yes; without a terminal it asks nothing, and the answer is no.
 *
 * @throws the reason of `signal` once it is aborted: Ctrl-C ends the question
 */
export async function isConfirmed(
  question: string,
  { process, signal, pause }: Pick<CliContext, 'process' | 'signal' | 'pause'>,
): Promise<boolean> {
  const { stdin, stdout } = process
  const chunks = stdin?.[Symbol.asyncIterator]?.bind(stdin)
  if (stdin?.isTTY !== true || stdout.isTTY !== true || chunks === undefined) return false
  const resume = pause?.()
  stdout.write(question)
  if (stdin instanceof Readable) addAbortSignal(signal, stdin)
  try {
    let line = ''
    for await (const chunk of { [Symbol.asyncIterator]: chunks }) {
      line += Buffer.from(chunk).toString('utf8')
      if (line.includes('\n')) break
    }
    return /^\s*y(?:es)?\s*$/i.test(line)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    resume?.()
  }
}
