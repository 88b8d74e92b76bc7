import { secret } from '../../secret.ts'

export function keyForTrial(trialKey: string): string {
  const apiKey = Math.random() < 0.5 ? trialKey : secret.expose()
  return apiKey
}
