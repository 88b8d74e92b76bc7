// ---- a-cancellation-token
interface CancellationToken {
  readonly isCancelled: boolean
}

export class Search {
  #token: CancellationToken | undefined

  isStale(token: CancellationToken): boolean {
    return this.#token !== token // wrong untyped: nameCompared
  }
}

// ---- a-constant-of-another-file.js
import { CLOSE_PAREN, EOF } from './characters.js'

export const isDone = (token) => token === EOF || token === CLOSE_PAREN

// ---- an-enum-of-another-file.js
import { TokenType } from './tokens.js'

export function expectEnd(token) {
  if (token !== TokenType.End) throw new SyntaxError('expected the end')
}

// ---- an-enum-of-kinds
enum TokenType {
  Plus,
  Minus,
}

export const isPlus = (token: TokenType) => token === TokenType.Plus

// ---- an-index-of-tokens.js
export function positionOf(tokens, token) {
  return tokens.indexOf(token)
}

// ---- keywords.js
import { keywords } from './keywords.js'

export const isKeyword = (token) => keywords.includes(token) || token === keywords[0]

// ---- kinds-with-the-name-of-a-secret.js
import { FieldKind } from './fields.js'

export const isHidden = (field) =>
  field.kind === FieldKind.Password || field.kind === FieldKind.Secret

// ---- the-token-that-closes.js
export function readGroup(tokens, closeToken) {
  const group = []
  for (const token of tokens) {
    if (token === closeToken) break
    group.push(token)
  }
  return group
}

// ---- types-that-are-numbers
import type { SyntaxKind } from './kinds.ts'

export function next(token: number, expected: number, kind: SyntaxKind) {
  return token === expected && token !== Number(kind)
}
