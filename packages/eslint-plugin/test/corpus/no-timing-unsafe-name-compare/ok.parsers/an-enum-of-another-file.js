import { TokenType } from './tokens.js'

export function expectEnd(token) {
  if (token !== TokenType.End) throw new SyntaxError('expected the end')
}
