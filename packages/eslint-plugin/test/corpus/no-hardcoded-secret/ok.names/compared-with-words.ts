export const kindOf = (token: string, password: string) => {
  if (token === 'EOF' || token === 'bearer') return 'end'
  return password === '' ? 'empty' : 'given'
}
