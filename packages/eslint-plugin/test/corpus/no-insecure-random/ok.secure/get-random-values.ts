export function createSalt(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(16))
}
