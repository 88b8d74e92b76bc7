const CHARS = 'abcdefghijkmnpqrstuvwxyz23456789'

export function randomPassword(length = 12): string {
  let result = ''
  for (let at = 0; at < length; at++) {
    result += CHARS.charAt(Math.floor(Math.random() * CHARS.length))
  }
  return result
}
