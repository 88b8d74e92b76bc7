export const areSame = (tokens, otherTokens, passwordCount) =>
  tokens.length === otherTokens.length && passwordCount === tokens.length
