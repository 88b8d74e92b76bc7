export function parse(token, output) {
  if (token === 'plus') output.push('+')
  else if (token === '(' || token === ')') output.push(token)
}
