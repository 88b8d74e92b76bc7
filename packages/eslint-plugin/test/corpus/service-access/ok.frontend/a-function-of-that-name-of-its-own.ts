function caPassphrase(length: number) {
  return 'x'.repeat(length)
}
export const shown = caPassphrase(12)
