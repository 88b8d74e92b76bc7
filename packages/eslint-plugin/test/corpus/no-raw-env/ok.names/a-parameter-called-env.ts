export function loadSettings({ env }: { env: Record<string, string | undefined> }) {
  return { apiKey: env.API_KEY, url: env['DATABASE_URL'] }
}
