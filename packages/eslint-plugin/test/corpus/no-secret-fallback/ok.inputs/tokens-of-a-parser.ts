export function next(tokens: string[], index: number) {
  const token = tokens[index] ?? 'EOF'
  return token === 'EOF' ? undefined : token
}
