import type { CliContext } from './cli-context.ts'
import { readCommandWords } from './command-words.ts'
import { completions } from './completion-words.ts'

/** Prints the words that may stand in place of the last one, one a line. @throws {FamilyError} as {@link completions} */
export async function complete(
  words: readonly string[],
  { cwd, process }: Pick<CliContext, 'cwd' | 'process'>,
): Promise<void> {
  const found = await completions(readCommandWords(), words, { cwd })
  process.stdout.write(found.map((word) => `${word}\n`).join(''))
}
