interface Token {
  value: string
  expiresAt: number
}

export function live(tokens: Token[]): Token | undefined {
  const token = tokens.find((one) => one.expiresAt > Date.now())
  return token
}
