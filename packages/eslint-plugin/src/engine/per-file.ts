import type { SourceCode } from './syntax/nodes.ts'

/** The answers to each question that was asked about a file, by the number of the question. */
type Answers = Map<unknown, unknown>[]

/** By the tree of a file: oxlint has one `SourceCode` for all files. */
const FILES = new WeakMap<SourceCode['ast'], Answers>()

/** Nearly every question is about the same file as the one before. Only that one file is kept until the next one comes. */
let current: { readonly ast: SourceCode['ast']; readonly answers: Answers } | undefined
let questions = 0

/**
 * Makes `find` answer each question about a file once, since many rules ask the same of the same nodes. The answers go
 * when the file goes; one weak key for a file, and not for each node, spares the garbage collector.
 */
export function perFile<Key, Answer>(
  find: (key: Key, source: SourceCode) => Answer,
): (key: Key, source: SourceCode) => Answer {
  const question = questions
  questions += 1
  return (key, source) => {
    const all = answersFor(source)
    const answers = (all[question] ??= new Map()) as Map<Key, Answer>
    const known = answers.get(key)
    if (known !== undefined || answers.has(key)) return known as Answer
    const answer = find(key, source)
    answers.set(key, answer)
    return answer
  }
}

function answersFor({ ast }: SourceCode): Answers {
  if (current?.ast === ast) return current.answers
  const answers = FILES.get(ast) ?? []
  FILES.set(ast, answers)
  current = { ast, answers }
  return answers
}
