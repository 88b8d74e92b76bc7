export async function readToken() {
  const { env } = await import('node:process')
  return env.NPM_TOKEN
}
