export async function retry(work: () => Promise<void>, baseMs: number) {
  const delayMs = baseMs * (0.5 + Math.random() / 2)
  await new Promise((resolve) => setTimeout(resolve, delayMs))
  await work()
}
