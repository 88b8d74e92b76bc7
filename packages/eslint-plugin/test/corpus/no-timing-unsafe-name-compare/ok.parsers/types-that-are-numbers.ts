import type { SyntaxKind } from './kinds.ts'

export function next(token: number, expected: number, kind: SyntaxKind) {
  return token === expected && token !== Number(kind)
}
