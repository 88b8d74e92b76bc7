export function requireToken(token) {
  if (token === undefined || token === null || token == '') throw new Error('no token')
  return token
}
