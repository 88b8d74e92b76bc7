export function positionOf(tokens, token) {
  return tokens.indexOf(token)
}
