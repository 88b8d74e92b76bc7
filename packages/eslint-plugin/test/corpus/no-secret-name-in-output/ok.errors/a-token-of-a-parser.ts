export function unexpected(token: string, line: number) {
  throw new SyntaxError(`Unexpected token ${token} in line ${line}`)
}
