import type { Found } from './flow.ts'

/** Questions in questions that are answered on one stack; a deeper one waits, and is answered on an empty one. */
const MAX_NESTED = 100

/** A question about a value, and its answer as soon as there is one. */
export class Question {
  readonly find: () => Found
  answer: Found
  /** `provisional` where it rests on a question that is still open. */
  state: 'new' | 'open' | 'provisional' | 'final' = 'new'
  /** Its place among the open questions. */
  place = 0
  /** The lowest place of an open question that the answer rests on. */
  low = Infinity
  /** How many provisional answers there were when it was opened. */
  from = 0

  constructor(find: () => Found) {
    this.find = find
  }
}

/** Thrown where a question lies too deep for the stack. */
class TooDeep extends Error {
  readonly question: Question

  constructor(question: Question) {
    super('a question waits for an empty stack')
    this.question = question
  }
}

/**
 * Answers questions that ask each other, each once, however deep they lie and also where they go in a circle.
 *
 * A question that lies too deep leaves the stack by an exception, is answered first, and then the one that needed it is
 * asked again: what it had learned is remembered. In a circle the question that is asked again counts as "no leak" until
 * it has an answer; what rests on that is provisional, and asked anew if the answer is a leak. (R. Tarjan: Depth-first
 * search and linear graph algorithms, SIAM Journal on Computing 1, 1972, for the lowest open question.)
 */
export class Questions {
  readonly #open: Question[] = []
  #provisional: Question[] = []
  #nested = 0
  #low = Infinity

  /** The answer of `question`, or what is known of it by now if it is open. */
  answer(question: Question): Found {
    if (question.state === 'final') return question.answer
    if (question.state !== 'new') {
      const isOpen = question.state === 'open'
      this.#low = Math.min(this.#low, isOpen ? question.place : question.low)
      return isOpen ? undefined : question.answer
    }
    return this.#open.length === 0 ? this.#answerFirst(question) : this.#answerNested(question)
  }

  #answerFirst(first: Question): Found {
    const waiting = [first]
    this.#opens(first)
    try {
      for (let question = waiting.at(-1); question !== undefined; question = waiting.at(-1)) {
        this.#nested = 0
        const deeper = this.#runs(question)
        if (deeper === undefined) {
          waiting.pop()
          this.#open.pop()
        } else {
          waiting.push(deeper)
          this.#opens(deeper)
        }
      }
    } finally {
      for (const question of this.#open.splice(0)) question.state = 'new'
      this.#low = Infinity
    }
    return first.answer
  }

  /** Answers `question`, or returns the one that has to be answered before. */
  #runs(question: Question): Question | undefined {
    try {
      this.#find(question)
      return undefined
    } catch (error) {
      if (error instanceof TooDeep) return error.question
      throw error
    }
  }

  #answerNested(question: Question): Found {
    if (this.#nested === MAX_NESTED) throw new TooDeep(question)
    this.#opens(question)
    this.#nested += 1
    try {
      return this.#find(question)
    } finally {
      this.#nested -= 1
      this.#open.pop()
      if (question.state === 'open') {
        question.state = 'new'
        this.#drop(question.from)
      }
    }
  }

  #opens(question: Question): void {
    question.state = 'open'
    question.place = this.#open.length
    question.from = this.#provisional.length
    this.#open.push(question)
  }

  #find(question: Question): Found {
    const before = this.#low
    this.#low = Infinity
    const found = question.find()
    const low = found?.kind === 'exposed' ? Infinity : this.#low
    question.answer = found
    question.low = low < question.place ? low : Infinity
    question.state = question.low === Infinity ? 'final' : 'provisional'
    this.#low = Math.min(before, question.low)
    if (found !== undefined) this.#drop(question.from)
    else this.#settle(question)
    if (question.state === 'provisional') this.#provisional.push(question)
    return found
  }

  /** Makes the answers final that took `question` for no leak, or lets them rest on what it rests on. */
  #settle({ from, low }: Question): void {
    const rest = this.#provisional.splice(from)
    for (const each of rest) {
      if (low === Infinity) each.state = 'final'
      else each.low = Math.min(each.low, low)
    }
    if (low < Infinity) this.#provisional.push(...rest)
  }

  #drop(from: number): void {
    for (const each of this.#provisional.splice(from)) each.state = 'new'
  }
}
