export function readGroup(tokens, closeToken) {
  const group = []
  for (const token of tokens) {
    if (token === closeToken) break
    group.push(token)
  }
  return group
}
