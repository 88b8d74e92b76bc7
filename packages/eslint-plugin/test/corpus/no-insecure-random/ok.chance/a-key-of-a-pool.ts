const API_KEYS = (process.env.API_KEYS ?? '').split(',')

export function nextApiKey(): string | undefined {
  const apiKey = API_KEYS[Math.floor(Math.random() * API_KEYS.length)]
  return apiKey
}
