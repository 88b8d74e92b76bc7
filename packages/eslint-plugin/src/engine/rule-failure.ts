/** The part of an error of a rule that may be shown. */
export interface RuleFailure {
  /** The class of the error. */
  readonly error: string
  /** Where in this package it was thrown: `chunks/chunk-4VQXNI5B.js:42`, from the sources `engine/taint/taint.ts:42`. */
  readonly place: string
}

/** Where the sources of this package are, or what they are compiled to. */
const ROOT = new URL('..', import.meta.url).pathname

const IN_PACKAGE = /^[\w./-]+:\d+(?=:\d+\)?$)/

/** The class of `error` and where it was thrown. Never its message, which may show the text of the file, and so a secret. */
export function ruleFailureOf(error: unknown): RuleFailure {
  if (!(error instanceof Error)) return { error: typeof error, place: 'an unknown place' }
  const { name } = error.constructor
  return { error: name, place: placeOf(error) ?? 'an unknown place' }
}

/** The uppermost frame of the stack in this package; other packages are seldom where the fault is. */
function placeOf({ stack = '', message }: Error): string | undefined {
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n')
  for (const frame of frames) {
    const place = IN_PACKAGE.exec(frame.split(ROOT)[1] ?? '')?.[0]
    if (place !== undefined) return place
  }
  return undefined
}
