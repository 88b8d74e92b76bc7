enum TokenType {
  Plus,
  Minus,
}

export const isPlus = (token: TokenType) => token === TokenType.Plus
