import type { TSESLint } from '@typescript-eslint/utils'

/**
 * Makes `find` answer each question about a file once, since many rules ask the same of the same nodes. The answers go
 * when the file goes; one weak key for a file, and not for each node, spares the garbage collector.
 */
export function perFile<Key, Answer>(
  find: (key: Key, source: TSESLint.SourceCode) => Answer,
): (key: Key, source: TSESLint.SourceCode) => Answer {
  const files = new WeakMap<TSESLint.SourceCode, Map<Key, Answer>>()
  // Nearly every question is about the same file as the one before, which is kept for that until the next one comes.
  let last: { readonly source: TSESLint.SourceCode; readonly answers: Map<Key, Answer> } | undefined
  const answersFor = (source: TSESLint.SourceCode) => {
    if (last?.source === source) return last.answers
    const answers = files.get(source) ?? new Map<Key, Answer>()
    files.set(source, answers)
    last = { source, answers }
    return answers
  }
  return (key, source) => {
    const answers = answersFor(source)
    const known = answers.get(key)
    if (known !== undefined || answers.has(key)) return known as Answer
    const answer = find(key, source)
    answers.set(key, answer)
    return answer
  }
}
