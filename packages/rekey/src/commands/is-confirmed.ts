import type { CliContext } from './cli-context.ts'

/** Asks at a terminal, and returns whether the answer is yes; without a terminal it asks nothing, and the answer is no. */
export async function isConfirmed(
  question: string,
  { process, signal, pause }: Pick<CliContext, 'process' | 'signal' | 'pause'>,
): Promise<boolean> {
  const { stdin, stdout } = process
  const chunks = stdin?.[Symbol.asyncIterator]?.bind(stdin)
  if (stdin?.isTTY !== true || stdout.isTTY !== true || chunks === undefined) return false
  const resume = pause?.()
  stdout.write(question)
  try {
    let line = ''
    for await (const chunk of { [Symbol.asyncIterator]: chunks }) {
      signal.throwIfAborted()
      line += Buffer.from(chunk).toString('utf8')
      if (line.includes('\n')) break
    }
    return /^\s*y(?:es)?\s*$/i.test(line)
  } finally {
    resume?.()
  }
}
