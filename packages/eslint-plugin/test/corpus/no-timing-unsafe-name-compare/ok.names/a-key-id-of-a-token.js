export function keyFor(keys, token) {
  return keys.find((key) => key.kid === token.kid || key.secretId === token.secretId)
}
