import { nanoid } from 'nanoid'

export function issueApiKey(owner: string) {
  const apiKey = `rk_${nanoid(32)}`
  return { owner, apiKey }
}
