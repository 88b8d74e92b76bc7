export function generatePassphrase(words: readonly string[]): string {
  const chosen: string[] = []
  for (let count = 0; count < 6; count++) {
    chosen.push(words[Math.floor(Math.random() * words.length)] ?? '')
  }
  return chosen.join('-')
}
