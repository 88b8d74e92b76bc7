export function createClient() {
  const apiKey = process.env.API_KEY
  if (!apiKey) throw new Error('API_KEY is not set')
  return { authorization: `Bearer ${apiKey}` }
}
