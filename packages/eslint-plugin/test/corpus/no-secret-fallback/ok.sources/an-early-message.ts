export function check(env: Record<string, string | undefined>): string {
  if (!env.API_KEY) return 'API_KEY is missing'
  return 'ok'
}
