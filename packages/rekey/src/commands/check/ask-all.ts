import { SecretError, within } from '@rekey/secret'
import { describeFailure } from '../failure.ts'

/** The outcome of a question. What could not be asked is never `ok`. */
export const RESULTS = ['ok', 'failed', 'not checked'] as const

/** The finding of one question about one thing. Holds no value. */
export interface Answer {
  /** A secret, a server, a replica. */
  readonly subject: string
  readonly result: (typeof RESULTS)[number]
  /** The finding; of a failure also what to do. */
  readonly message: string
}

/** One thing that is asked. */
export interface Question {
  readonly subject: string
  /**
   * Asks it, and changes nothing.
   *
   * @returns what is in order, in a sentence; or an answer about each part of the subject
   * @throws {NotCheckedError} if it cannot be asked; any other error is a failure
   */
  readonly ask: (signal: AbortSignal) => Promise<string | readonly Answer[]>
}

/** A row of the list of checks. */
export interface Check<Parts> {
  readonly name: string
  readonly questions: (parts: Parts) => readonly Question[]
}

/** An answer, and the check that it belongs to. */
export interface CheckAnswer extends Answer {
  readonly check: string
}

/** Something cannot be asked, by its message. */
export class NotCheckedError extends Error {}

/** How many questions are asked at the same time, and how long each may take. */
const AT_ONCE = 8
const LIMIT_MS = 10_000

/** Asks every question of a list of checks, eight at a time and each for ten seconds at most. None waits for another one, nor hides it. */
export async function askAll<Parts>(
  checks: readonly Check<Parts>[],
  parts: Parts,
  signal: AbortSignal,
): Promise<CheckAnswer[]> {
  const questions = checks.flatMap(({ name, questions: list }) =>
    list(parts).map((question) => ({ check: name, question })),
  )
  const answers: CheckAnswer[][] = questions.map(() => [])
  let next = 0
  const work = async () => {
    for (let at = next++; at < questions.length; at = next++) {
      const asked = questions[at]
      if (asked === undefined) return
      const found = await answersTo(asked.question, signal)
      answers[at] = found.map((answer) => ({ check: asked.check, ...answer }))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return answers.flat()
}

async function answersTo(
  { subject, ask }: Question,
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  try {
    const found = await within(
      { what: `an answer about ${subject}`, limitMs: LIMIT_MS, signal },
      ask,
    )
    return typeof found === 'string' ? [{ subject, result: 'ok', message: found }] : found
  } catch (error) {
    signal.throwIfAborted()
    const result = error instanceof NotCheckedError ? 'not checked' : 'failed'
    return [{ subject, result, message: describeFailure(error) }]
  }
}

/** Waits for a part that a question needs. @throws {NotCheckedError} where that part is not to be had, which a check of its own reports */
export async function needs<T>(what: string, part: Promise<T>): Promise<T> {
  return part.catch((error: unknown) => {
    const code = error instanceof SecretError ? ` (${error.code})` : ''
    throw new NotCheckedError(`${what} cannot be used${code}`)
  })
}
